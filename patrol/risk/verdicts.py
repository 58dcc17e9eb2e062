"""What became of hazards: found to be there, or found to be nothing, since when, and by which party."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

OUTCOME_COLUMNS = ("hazard_id", "seq", "at", "outcome", "party")
OUTCOME_ACTIONS = ("verify", "start", "rectify", "refute", "reopen", "adopt")
# Hands on a hazard prove it as a look does. An assignment, a notice or a permit may rest on hearsay.
_OUTCOME = {"verify": "true", "start": "true", "rectify": "true", "refute": "false", "reopen": "reopened"}
_ADOPTED = {"verified": "true", "in_rectification": "true", "rectified": "true", "closed": "true", "refuted": "false"}
_PROVEN = ("verified", "in_rectification", "rectified")
_MAY_VERIFY = ("enterprise", "government", "fire")


def outcomes_of(events: pd.DataFrame) -> pd.DataFrame:
    """Return what events say of the truth of hazards.

    Parameters
    ----------
    events : DataFrame
        As ``Register.events(*OUTCOME_ACTIONS)`` gives them; others are passed over.

    Returns
    -------
    DataFrame
        ``hazard_id`` (as the event names it), ``seq``, ``at`` (UTC), ``outcome`` (true, false, reopened) and the
        ``party`` that saw to it. Nobody's name.
    """
    state = events["body"].str.extract(r'"state":"(\w+)"', expand=False)
    outcome = events["action"].map(_OUTCOME).where(events["action"] != "adopt", state.map(_ADOPTED))
    made = pd.DataFrame(
        {
            "hazard_id": events["subject"],
            "seq": events["seq"],
            "at": pd.to_datetime(events["at"], utc=True, format="ISO8601").astype("datetime64[us, UTC]"),
            "outcome": outcome.astype(object),
            "party": events["party"],
        }
    )
    return made[made["outcome"].notna()].reset_index(drop=True)


def verdicts(outcomes: pd.DataFrame, hazards: pd.DataFrame) -> pd.DataFrame:
    """Return what is known of the truth of each hazard, by its id; hazards of which nothing is known are absent.

    Parameters
    ----------
    outcomes : DataFrame
        See :func:`outcomes_of`; nothing later than the day asked about.
    hazards : DataFrame
        Indexed by id: ``state, reported, shut`` (when closed or refuted). States speak only for hazards
        without an outcome, such as those of a plain file, which does not say when they were verified.

    Returns
    -------
    DataFrame
        ``true``; ``at``, when that was first found (NaT: not said, so nobody can learn from it); ``fresh``, when
        the hazard was last seen to be there; ``party`` that found it, "" unknown. A refutation that was
        reopened counts as nothing known.
    """
    rows = outcomes.sort_values(["at", "seq"], kind="stable").reset_index(drop=True)
    rows = rows.assign(order=np.arange(len(rows)))
    judged, again = rows[rows["outcome"] != "reopened"], rows[rows["outcome"] == "reopened"]
    last = judged.groupby("hazard_id").last()
    reopened = again.groupby("hazard_id")["order"].last().reindex(last.index).fillna(-1)
    last = last[(last["outcome"] == "true") | (reopened < last["order"])]
    same = judged[judged["outcome"] == judged["hazard_id"].map(last["outcome"])]
    first = same.groupby("hazard_id").first()
    there = rows[rows["outcome"] != "false"].groupby("hazard_id")["at"].last()
    known = pd.DataFrame(
        {
            "true": first["outcome"] == "true",
            "at": first["at"],
            "fresh": there.reindex(first.index),
            "party": first["party"],
        }
    )
    rest = _by_state(hazards[~hazards.index.isin(rows["hazard_id"])])
    parts = [part for part in (known, rest) if len(part)]
    return pd.concat(parts) if parts else known


def _by_state(hazards: pd.DataFrame) -> pd.DataFrame:
    shut = hazards["state"].isin(["closed", "refuted"])
    told = hazards[shut | hazards["state"].isin(_PROVEN)]
    return pd.DataFrame(
        {
            "true": told["state"] != "refuted",
            "at": told["shut"].where(shut.loc[told.index]),
            "fresh": told["reported"],
            "party": pd.Series("", index=told.index, dtype=object),
        }
    )


def lessons(said: pd.DataFrame, known: pd.DataFrame) -> pd.DataFrame:
    """Return the reports that teach how far their source is to be believed, with ``true``.

    A report teaches if its hazard was verified or refuted later than it was made, and by another party:
    nobody confirms themselves, and within a party the register cannot tell who looked from who reported. Where
    the party that looked is not said, only those are sure not to have looked who never may.

    Parameters
    ----------
    said : DataFrame
        ``hazard_id, case_id, party, seen``; what befell the hazard as it was founded (``case_id``) bears on a
        report, and what befell the one it was merged into: the later of the two.
    known : DataFrame
        See :func:`verdicts`.
    """
    dated = known[known["at"].notna()]
    bears = _bearing(said["hazard_id"], dated)
    founded = _bearing(said["case_id"][said["case_id"] != said["hazard_id"]], dated)
    if len(founded):
        bears = pd.concat([founded, bears]).sort_values("at", kind="stable")
        bears = bears[~bears.index.duplicated(keep="last")].sort_index()
    party, looked = said["party"].loc[bears.index], bears["party"]
    another = ((looked != "") & (looked != party)) | ((looked == "") & ~party.isin(_MAY_VERIFY))
    good = another & (said["seen"].loc[bears.index] <= bears["at"])
    return said.loc[bears.index[good]].assign(true=bears["true"].astype(bool)[good])


def _bearing(names: pd.Series[Any], dated: pd.DataFrame) -> pd.DataFrame:
    found = names[names.isin(dated.index)]
    return dated.loc[found, ["true", "at", "party"]].set_axis(found.index)
