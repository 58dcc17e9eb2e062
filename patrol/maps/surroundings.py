"""What lies near a crew's way: layers cut to a kilometre round its stops and route, and nothing beyond.

A field page goes to many phones. What is not cut off here and not named as a column in
:mod:`patrol.maps.field_layers` cannot be read from it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from patrol.layers.crs import utm_zone
from patrol.maps.packing import WGS84, to_wgs84

REACH_M = 1000.0
_ROUNDING_M = 0.5  # packed coordinates are whole tenths of a metre, and UTM stretches by 0.04 %


@dataclass(frozen=True, slots=True)
class Surroundings:
    """The ground within :data:`REACH_M` of some places and lines.

    Attributes
    ----------
    crs : str
        Metric, of ``area``.
    area : Polygon or MultiPolygon
    box : Polygon
        Round it, in WGS84: what lies outside need not be looked at closely.
    """

    crs: str
    area: Any
    box: Any

    def points(self, frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
        """Return the rows of a frame of points that lie inside, in WGS84."""
        here = self._maybe(frame)
        if here.empty:
            return here
        return here[shapely.covers(self.area, here.geometry.to_crs(self.crs).to_numpy())].reset_index(drop=True)

    def lines(self, frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
        """Return a frame of lines cut to what is inside, in WGS84; of areas their outlines."""
        here = self._maybe(frame)
        if here.empty:
            return here
        shapes = here.geometry.to_crs(self.crs).to_numpy()
        shapes = np.where(shapely.get_dimensions(shapes) == 2, shapely.boundary(shapes), shapes)
        return self._cut(here, shapes, dimension=1)

    def areas(self, frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
        """Return a frame of areas cut to what is inside, in WGS84."""
        here = self._maybe(frame)
        if here.empty:
            return here
        return self._cut(here, shapely.make_valid(here.geometry.to_crs(self.crs).to_numpy()), dimension=2)

    def _maybe(self, frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
        here = to_wgs84(frame)
        return here.iloc[np.sort(here.sindex.query(self.box, predicate="intersects"))].reset_index(drop=True)

    def _cut(self, frame: gpd.GeoDataFrame, shapes: Any, *, dimension: int) -> gpd.GeoDataFrame:
        inside = shapely.intersection(shapes, self.area)
        parts, row = shapely.get_parts(inside, return_index=True)
        parts, again = shapely.get_parts(parts, return_index=True)  # collections hold collections
        row = row[again]
        kept = (shapely.get_dimensions(parts) == dimension) & ~shapely.is_empty(parts)
        table = pd.DataFrame(frame.drop(columns=frame.geometry.name)).iloc[row[kept]].reset_index(drop=True)
        cut = gpd.GeoDataFrame(table, geometry=list(parts[kept]), crs=self.crs)
        return cut.to_crs(WGS84)


def around(shapes: gpd.GeoSeries) -> Surroundings:
    """Return the ground round WGS84 points and lines, of which there is at least one."""
    west, south, east, north = shapes.total_bounds
    crs = f"EPSG:{utm_zone((west + east) / 2, (south + north) / 2)}"
    area = shapely.union_all(shapes.to_crs(crs).buffer(REACH_M - _ROUNDING_M).to_numpy())
    shapely.prepare(area)
    box = shapely.box(*gpd.GeoSeries([area], crs=crs).to_crs(WGS84).total_bounds)
    return Surroundings(crs, area, box)
