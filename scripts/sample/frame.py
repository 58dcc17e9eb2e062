"""The county's own coordinates, its dice, and the two file formats.

Places are laid out in ``(u, v)`` grid units of 825 m: u along the canals (about north-north-east), v across them.
A gentle bend makes every straight line of that plane run like a canal, and all of them alike.
"""

from __future__ import annotations

import bisect
import csv
import itertools
import json
import math
import random
from pathlib import Path
from typing import Any

from pyproj import Transformer

CRS = "EPSG:4545"  # CGCS2000, 3-degree zone 108E (106.5-109.5E): the county lies inside it, east of 106.5
UNIT_M = 825.0
_CORNER = (374_500.0, 4_301_600.0)  # metres east and north of (u, v) = (0, 0)
_TURN = math.radians(15.0)  # the canals run 15 degrees east of north
_DECIMALS = 7  # a centimetre

UV = tuple[float, float]


class Dice:
    """Random numbers that are the same on every machine: only ``random.Random.random`` is used."""

    def __init__(self, seed: str) -> None:
        self.seed = seed
        self._next = random.Random(seed).random

    def between(self, low: float, high: float) -> float:
        """Return a number in [low, high)."""
        return low + (high - low) * self._next()

    def whole(self, low: int, high: int) -> int:
        """Return a whole number from low to high, both included."""
        return low + int(self._next() * (high - low + 1))

    def chance(self, share: float) -> bool:
        """Return True with this probability."""
        return self._next() < share

    def pick(self, items: Any) -> Any:
        """Return one of the items."""
        return items[int(self._next() * len(items))]

    def weighted(self, items: Any, weights: Any) -> Any:
        """Return one of the items, in proportion to its weight."""
        left = self._next() * sum(weights)
        for item, weight in zip(items, weights, strict=True):
            left -= weight
            if left < 0:
                return item
        return items[-1]

    def along(self, ends: list[float]) -> int:
        """Return which of some shares is met, given where each of them ends when they are laid end to end."""
        return min(bisect.bisect_right(ends, self._next() * ends[-1]), len(ends) - 1)

    def normal(self) -> float:
        """Return a number from the standard normal law (Box and Muller)."""
        return math.sqrt(-2 * math.log(1 - self._next())) * math.cos(2 * math.pi * self._next())

    def wait(self, rate: float) -> float:
        """Return how long until the first of events that come at a rate; for ever at rate 0."""
        return -math.log(1 - self._next()) / rate if rate > 0 else math.inf

    def poisson(self, mean: float) -> int:
        """Return a number of events of which ``mean`` are expected."""
        count, gone = 0, self.wait(1.0)
        while gone < mean:
            count, gone = count + 1, gone + self.wait(1.0)
        return count

    def shuffled(self, items: Any) -> list[Any]:
        """Return the items in random order."""
        return [item for _, _, item in sorted((self._next(), k, item) for k, item in enumerate(items))]


def metric(point: UV) -> tuple[float, float]:
    """Return metres east and north of a place in the county's plane."""
    u, v = point
    bent_v = v + 0.45 * math.sin(2 * math.pi * (u / 21 + 0.10)) + 0.10 * math.sin(2 * math.pi * (u / 7.3 + 0.4))
    bent_u = u + 0.35 * math.sin(2 * math.pi * (v / 17 + 0.30)) + 0.08 * math.sin(2 * math.pi * (v / 5.9))
    east = bent_v * math.cos(_TURN) + bent_u * math.sin(_TURN)
    north = -bent_v * math.sin(_TURN) + bent_u * math.cos(_TURN)
    return _CORNER[0] + UNIT_M * east, _CORNER[1] + UNIT_M * north


def between(a: UV, b: UV, share: float) -> UV:
    """Return the place at a share of the way from a to b."""
    return a[0] + (b[0] - a[0]) * share, a[1] + (b[1] - a[1]) * share


def drawn(corners: list[UV], step: float = 0.25) -> list[UV]:
    """Return a line through the corners with a place at least every ``step`` grid units, so that its bends show."""
    line = [corners[0]]
    for a, b in itertools.pairwise(corners):
        pieces = max(1, math.ceil(math.dist(a, b) / step - 1e-9))
        line += [between(a, b, k / pieces) for k in range(1, pieces + 1)]
    return line


def metres(line: list[UV]) -> float:
    """Return the length of a line on the ground."""
    points = [metric(place) for place in line]
    return sum(math.dist(a, b) for a, b in itertools.pairwise(points))


class Writer:
    """Writes GeoJSON (WGS84, one feature a line) and CSV (UTF-8 with BOM), the same bytes every time."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._to_wgs84 = Transformer.from_crs(CRS, "EPSG:4326", always_xy=True)

    def lonlat(self, point: UV, east_m: float = 0.0, north_m: float = 0.0) -> list[float]:
        """Return longitude and latitude of a place, shifted by some metres."""
        x, y = metric(point)
        lon, lat = self._to_wgs84.transform(x + east_m, y + north_m)
        return [round(lon, _DECIMALS), round(lat, _DECIMALS)]

    def layer(self, name: str, rows: list[dict[str, Any]], kind: str) -> None:
        """Write rows with a ``geometry`` of places (one, a line or a ring) as a GeoJSON layer."""
        features = [self._feature(row, kind) for row in rows]
        head = f'{{"type": "FeatureCollection", "name": "{name}", "features": [\n'
        self._write(f"{name}.geojson", head + ",\n".join(features) + "\n]}\n")

    def _feature(self, row: dict[str, Any], kind: str) -> str:
        shape = row["geometry"]
        coordinates: Any = self.lonlat(shape) if kind == "Point" else [self.lonlat(place) for place in shape]
        feature = {
            "type": "Feature",
            "properties": {key: value for key, value in row.items() if key != "geometry"},
            "geometry": {"type": kind, "coordinates": [coordinates] if kind == "Polygon" else coordinates},
        }
        return json.dumps(feature, ensure_ascii=False, separators=(",", ":"))

    def table(self, name: str, rows: list[dict[str, Any]]) -> None:
        """Write rows as CSV; a row's ``geometry`` becomes ``lon`` and ``lat``."""
        path = self.folder / f"{name}.csv"
        with path.open("w", encoding="utf-8-sig", newline="") as stream:
            flat = [self._flat(row) for row in rows]
            writer = csv.DictWriter(stream, fieldnames=list(flat[0]), lineterminator="\r\n")
            writer.writeheader()
            writer.writerows(flat)

    def _flat(self, row: dict[str, Any]) -> dict[str, Any]:
        if "geometry" not in row:
            return row
        lon, lat = self.lonlat(row["geometry"], row.get("east_m", 0.0), row.get("north_m", 0.0))
        kept = {key: value for key, value in row.items() if key not in {"geometry", "east_m", "north_m"}}
        return kept | {"lon": f"{lon:.7f}", "lat": f"{lat:.7f}"}

    def text(self, name: str, text: str) -> None:
        """Write a text file, UTF-8 with plain line ends."""
        self._write(name, text)

    def _write(self, name: str, text: str) -> None:
        (self.folder / name).write_bytes(text.encode("utf-8"))
