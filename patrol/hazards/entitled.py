"""States that crews' report-backs give hazards: taken over only from a party that may do what the state says was done.

An office's list counts as the office's own word, whoever reported what stands in it. A report-back is the word of its
crew: villagers who write that they have tightened a stay, or that a kite is gone, have told something, not done it.
"""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from patrol.errors import Finding
from patrol.hazards.frames import put
from patrol.hazards.lifecycle import Kind, look_at, parties_for
from patrol.hazards.model import Intake
from patrol.hazards.picks import may_be
from patrol.hazards.take import KEEPS_LISTS

_DONE = {
    "verified": "verify", "refuted": "refute", "assigned": "assign", "ready": "ready", "in_rectification": "start",
    "rectified": "rectify", "closed": "confirm",
}  # fmt: skip
_TOLD = 20


def entitled(
    reports: pd.DataFrame, intake: Intake, types: pd.DataFrame, kinds: dict[str, Kind], *, party: str
) -> tuple[pd.DataFrame, list[Finding]]:
    """Return placed reports without the states that nobody may take over, and what was left out.

    Parameters
    ----------
    reports : DataFrame
        With ``type, hazard_class, doubts, party, given_state, given_closed``.
    intake : Intake
        What they came in; a report-back (``back``) is judged by what its crew may do.
    types, kinds
        Of the project, see :func:`patrol.hazards.lifecycle.kinds_of`.
    party : str
        Who hands them in: offices and the fire service keep lists, villagers do not.
    """
    stated = (reports["record"] == "hazard") & ~reports["given_state"].isin(["", "reported"])
    if not stated.any():
        return reports, []
    if party not in KEEPS_LISTS:
        return put(reports, given_state="", given_closed=pd.Series(pd.NaT, index=reports.index)), []
    if intake.back is None:
        return reports, []
    rows = reports[stated]
    columns = (rows[name] for name in ("type", "doubts", "hazard_class", "party", "given_state"))
    usual = types["default_class"]
    refused = [
        not _may(code, doubts, str(grade or usual.get(code, "serious")), party, state, kinds)
        for code, doubts, grade, party, state in zip(*columns, strict=True)
    ]
    bad = rows[refused]
    told = [
        Finding("suspicion", "hazards.not_theirs", intake.label,
                f"a crew of {party} may not say that it is {state}: taken as reported", "look, then say so by hand",
                row=int(row))
        for row, party, state in bad[["row", "party", "given_state"]].head(_TOLD).itertuples(index=False)
    ]  # fmt: skip
    if len(bad) > _TOLD:
        what = f"{len(bad) - _TOLD} more states are not its crew's to give"
        told.append(Finding("suspicion", "hazards.not_theirs", intake.label, what, "look at the hazards"))
    gone = reports.index.isin(bad.index)
    return put(
        reports, given_state=reports["given_state"].mask(gone, ""), given_closed=reports["given_closed"].mask(gone)
    ), told


def _may(code: str, doubts: str, grade: str, party: str, state: str, kinds: dict[str, Kind]) -> bool:
    look = look_at(code, may_be(code, doubts), grade, kinds)
    kind = replace(kinds.get(code, Kind()), hazard_class=grade, look=look)
    return party in parties_for(_DONE[state], kind)  # who worked beside the crew, the file does not say
