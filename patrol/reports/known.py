"""What papers are drawn from beside the plan: the project's lines, hazards, zones and types, as frames."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import geopandas as gpd
import pandas as pd

from patrol.reports.sheet_map import Ground


@dataclass(frozen=True, slots=True)
class Known:
    """What a project knows on the first day of a plan; all frames in one metric CRS.

    Attributes
    ----------
    sections : GeoDataFrame
        All sections: ``section_id`` and lines.
    hazards : GeoDataFrame
        Open and past ones, points: ``hazard_id, type, state, hazard_class, reported, closed, description, feeder_id,
        pole_no``, and of open ones ``parties`` (who may look).
    zones : GeoDataFrame
        ``zone_id, name, name_zh, leader``.
    types : DataFrame
        Hazard types by code: ``name_en, name_zh, default_class``.
    likely : DataFrame
        By ``section_id``, a column a party: tuples of codes to look for, see
        :func:`patrol.risk.lookout.likely_by_party`.
    ground : Ground
        What the maps show under a route.
    numbers : mapping of str to str
        The project's emergency numbers by whom they reach.
    people : frozenset of str
        Names of people in the project's files, masked wherever a report repeats them.
    """

    sections: gpd.GeoDataFrame
    hazards: gpd.GeoDataFrame
    zones: gpd.GeoDataFrame
    types: pd.DataFrame
    likely: pd.DataFrame
    ground: Ground
    numbers: Mapping[str, str]
    people: frozenset[str] = frozenset()
