"""When each section was visited, how, and how much of it: what the risk model knows of past patrols."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd

from patrol.network.topology import Network
from patrol.planning.due import Patrolled, patrolled, section_of_spans

METHOD_OF_MODE = {"foot": "foot", "vehicle": "vehicle", "drone": "drone", "ebike": "vehicle"}
"""How a mode of the records looks at a line. Who comes by car or e-bike may have looked from the road or have
walked, and the records do not say: the road is taken, from which less is seen, so that nothing unseen is
counted as seen."""


def section_visits(
    network: Network,
    sections: pd.DataFrame,
    patrols: pd.DataFrame,
    *,
    on: date,
    walked: Patrolled | None = None,
) -> pd.DataFrame:
    """Return one row for each section that each patrol before a day passed along.

    Parameters
    ----------
    network, sections
        As traced and cut; ``sections`` with ``span_ids``.
    patrols : DataFrame
        The layer: ``date, feeder_id, first_pole, last_pole, mode, party, finds, source_row``.
    on : date
        Patrols on that day and after it are not looked at.
    walked : Patrolled, optional
        What :func:`patrol.planning.due.patrolled` made of the same patrols, if it is at hand already. Its
        findings name the rows that match nothing; :func:`patrol.planning.due.last_patrols` returns them.

    Returns
    -------
    DataFrame
        Sorted by section, date and row. ``section`` (row number), ``date``, ``method`` (``foot, vehicle,
        drone``, see :data:`METHOD_OF_MODE`), ``share`` (0 to 1, of its length), ``finds`` (of the whole patrol,
        shared out by the length patrolled on each section, so with fractions), ``party`` and ``row`` (position
        of the patrol in ``patrols``).
    """
    walked = patrolled(network, patrols, on=on) if walked is None else walked
    passed = _stretches(network, sections, walked)
    rows = walked.rows.assign(method=walked.rows["mode"].map(METHOD_OF_MODE).to_numpy(object))
    visits = rows.merge(passed, on="stretch", how="inner")
    visits["finds"] = visits["finds"].to_numpy(float) * visits.pop("part").to_numpy(float)
    visits = visits.sort_values(["section", "date", "row"], kind="stable", ignore_index=True)
    return visits[["section", "date", "method", "share", "finds", "party", "row"]]


def _stretches(network: Network, sections: pd.DataFrame, walked: Patrolled) -> pd.DataFrame:
    """Return the sections of each stretch, the share of each that it covers, and the section's part of the stretch."""
    section, length = section_of_spans(network, sections), network.spans["length_m"].to_numpy(float)
    held = section >= 0
    whole_m = np.bincount(section[held], weights=length[held], minlength=len(sections))
    whole_n = np.bincount(section[held], minlength=len(sections))
    on_one = section[walked.span] >= 0
    span, stretch = walked.span[on_one], walked.stretch[on_one]
    key, group = np.unique(stretch * max(1, len(sections)) + section[span], return_inverse=True)
    metres = np.bincount(group, weights=length[span], minlength=len(key))
    count = np.bincount(group, minlength=len(key))
    of, at = np.divmod(key, max(1, len(sections)))
    share = np.where(count == whole_n[at], 1.0, metres / np.maximum(whole_m[at], 1e-9)).clip(0.0, 1.0)
    # Places of no length take their part by their number.
    weight = metres + 1e-9
    part = weight / np.bincount(of, weights=weight)[of] if len(of) else weight
    return pd.DataFrame({"stretch": of, "section": at, "share": share, "part": part})
