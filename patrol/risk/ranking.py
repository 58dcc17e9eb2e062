"""Where a look is worth most: sections by the value of an hour, hazards by what a day's delay costs.

Per hour is for tables only (domain brief, 3(e)): the solver pays for time itself.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from patrol.config import PatrolSettings
from patrol.risk.score import Scene, visit_values

Floats = NDArray[np.float64]


def look_hours(sections: pd.DataFrame, settings: PatrolSettings) -> Floats:
    """Return the hours that walking and inspecting each section takes, without the way there, shape (n,).

    Parameters
    ----------
    sections : DataFrame
        ``length_m, equipment_count``.
    """
    walked = sections["length_m"].to_numpy(float) / 1000.0 / settings.foot_kmh
    stops = sections["equipment_count"].to_numpy(float) * settings.equipment_stop_s / 3600.0
    return np.asarray(walked + stops)


def ranked_sections(sections: pd.DataFrame, settings: PatrolSettings) -> pd.DataFrame:
    """Return the sections with ``hours_foot, value_per_hour`` and ``rank`` (from 1), the most worth an hour first.

    Parameters
    ----------
    sections : DataFrame
        ``section_id, length_m, equipment_count, value_foot``.
    settings : PatrolSettings
        How fast one walks and inspects.

    Returns
    -------
    DataFrame
        Of the same kind, on the same index in another order; of equal ones by id.
    """
    hours = look_hours(sections, settings)
    value = sections["value_foot"].to_numpy(float)
    per_hour = np.divide(value, hours, out=np.zeros(len(value)), where=hours > 0)
    table = sections.assign(hours_foot=hours, value_per_hour=per_hour)
    order = np.lexsort((sections["section_id"].to_numpy(str), -per_hour))
    return table.iloc[order].assign(rank=np.arange(1, len(table) + 1))


def ranked_hazards(hazards: pd.DataFrame, scene: Scene) -> pd.DataFrame:
    """Return open hazards with ``worth_ecm_day`` and ``rank`` (from 1), the one that costs most to leave first.

    Parameters
    ----------
    hazards : DataFrame
        ``hazard_id``, and what :func:`patrol.risk.score.visit_values` reads.

    Returns
    -------
    DataFrame
        ``worth_ecm_day`` = P·φ·x·C (ECM): what a day's delay of what comes next costs: of the look, or, where it is
        known, of the repair. Looks take the same time each, so this is also their order by the hour.
    """
    worth = visit_values(scene, hazards, 1)[:, 0]
    order = np.lexsort((hazards["hazard_id"].to_numpy(str), -worth))
    return hazards.assign(worth_ecm_day=worth).iloc[order].assign(rank=np.arange(1, len(hazards) + 1))
