"""The planner's map of scores alone: sections by the value of a patrol and open hazards, with nothing planned."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import geopandas as gpd

from patrol.maps.listing import SCORES
from patrol.maps.overview import overview_map
from patrol.plan import SCHEMA, Plan

BASE = ("roads", "zones", "places", "water", "hazards", "equipment")


def risk_map(
    sections: gpd.GeoDataFrame, *, on: date, project: Mapping[str, Any], lang: str, **layers: gpd.GeoDataFrame
) -> str:
    """Return the map of scores as one HTML text that works offline.

    Parameters
    ----------
    sections : GeoDataFrame
        Scored sections, any CRS, see :func:`patrol.maps.overview.overview_map`.
    on : date
        Day of the scores.
    project : mapping
        ``name, name_zh, timezone, synthetic, attribution``, as a plan's head has them.
    lang : {'zh', 'en'}
    **layers : GeoDataFrame
        Any of :data:`BASE`; what is not given is not drawn.
    """
    none = gpd.GeoDataFrame(geometry=[], crs=sections.crs)
    return overview_map(
        Plan(_nothing_planned(on, project)),
        sections=sections,
        lang=lang,
        **{key: layers.get(key, none) for key in BASE},
    )


def _nothing_planned(on: date, project: Mapping[str, Any]) -> dict[str, Any]:
    """Return the document of a plan without shifts and tasks, whose page then speaks of scores."""
    return {
        "schema": SCHEMA, "project": dict(project), "from": on.isoformat(), "days": 1, "problem_sha256": "0" * 64,
        "inputs": {}, "settings": {}, "engine": SCORES, "seed": 0, "iterations": 0, "stopped_by": "exhausted",
        "shifts": [], "tasks": {}, "dropped": [], "figures": {}, "notes": [],
    }  # fmt: skip
