"""Gauss-Krueger zones of CGCS2000: which zone a coordinate speaks of, and its EPSG code.

An easting may carry its zone number in front: 35,500,000 is the middle of the 3-degree zone 35. Three-degree
zones 25-45 lie about 75E-135E every 3 degrees, six-degree zones 13-23 every 6. Codes from the EPSG register:
3-degree with number 4513-4533, without 4534-4554; 6-degree with number 4491-4501, without 4502-4512.
"""

from __future__ import annotations

from dataclasses import dataclass

import pyproj

MIDDLE_M = 500_000.0  # easting of the central meridian, without the zone number
HALF_WIDTH_M = 400_000.0  # no zone is wider: 3 degrees are 334 km at the equator
NORTHINGS_M = (1_500_000.0, 6_200_000.0)  # 13.5N to 56N: China with a margin
MERCATOR_REACH_M = 700_000.0  # farther from its meridian nobody uses a transverse Mercator


@dataclass(frozen=True, slots=True)
class Zone:
    """One Gauss-Krueger zone of CGCS2000; ``numbered`` if its eastings carry the zone number."""

    width: int
    number: int
    numbered: bool = True

    @property
    def meridian(self) -> int:
        """Central meridian in degrees east."""
        return self.number * 3 if self.width == 3 else self.number * 6 - 3

    @property
    def epsg(self) -> str:
        """EPSG code of the CGCS2000 zone."""
        if self.width == 3:
            return f"EPSG:{(4513 if self.numbered else 4534) + self.number - 25}"
        return f"EPSG:{(4491 if self.numbered else 4502) + self.number - 13}"

    def __str__(self) -> str:
        """Return the zone in words."""
        written = "with" if self.numbered else "without"
        return f"CGCS2000 {self.width}-degree zone {self.number} ({self.meridian}E) {written} the zone number"


def zone_of(easting: float, northing: float) -> Zone | None:
    """Return the zone whose number stands in front of an easting, None if none does."""
    number = int(easting // 1_000_000)
    if abs(easting - number * 1_000_000 - MIDDLE_M) > HALF_WIDTH_M or not _is_northing(northing):
        return None
    if 25 <= number <= 45:
        return Zone(3, number)
    return Zone(6, number) if 13 <= number <= 23 else None


def is_plain(easting: float, northing: float) -> bool:
    """Return whether a pair looks like an easting without zone number and a northing, in China."""
    return abs(easting - MIDDLE_M) <= HALF_WIDTH_M and _is_northing(northing)


def _is_northing(value: float) -> bool:
    return NORTHINGS_M[0] <= value <= NORTHINGS_M[1]


def transverse_mercator(crs: pyproj.CRS) -> tuple[float, float] | None:
    """Return (central meridian in degrees, false easting in metres) of a transverse Mercator CRS, else None."""
    plain = crs.source_crs if crs.is_bound and crs.source_crs is not None else crs
    operation = plain.coordinate_operation
    if operation is None or "transverse mercator" not in operation.method_name.casefold():
        return None
    values = {one.name.casefold(): float(one.value) * one.unit_conversion_factor for one in operation.params}
    meridian = next((float(one.value) for one in operation.params if "longitude" in one.name.casefold()), None)
    easting = next((value for name, value in values.items() if "false easting" in name), 0.0)
    return None if meridian is None else (meridian, easting)


def same_meridian(meridian: float, *, numbered: bool) -> Zone | None:
    """Return the CGCS2000 zone of a central meridian, 3-degree where there is one, None if there is none."""
    number = meridian / 3
    if number.is_integer() and 25 <= number <= 45:
        return Zone(3, int(number), numbered)
    return None
