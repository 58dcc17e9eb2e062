"""What one report weighs: how far its kind of source and its own source are to be believed, and in whose company.

r_j = (n₀·r + true) / (n₀ + verified), domain brief 3(b), in two steps: what came of the reports of a kind
moves the kind's r, and what came of one source's moves that from the kind's (reckoned without it) to its own.
Of one household the report that speaks most for the hazard counts whole, the second ``report_repeat``, the
third its square: with .5, a household never weighs as much as two strangers.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import logit

from patrol.config import RiskSettings
from patrol.risk.verdicts import lessons
from patrol.risk.witnesses import kind_priors


@dataclass(frozen=True, slots=True, eq=False)
class Taught:
    """How many reports were put to the test and how many were true: ``size, sum`` by group.

    Attributes
    ----------
    by_kind : DataFrame
        By kind of source; a household's chorus is one lesson.
    by_reporter : DataFrame
        Those of them whose source is known, by kind and reporter.
    own : DataFrame
        By kind and reporter, one lesson a hazard.
    """

    by_kind: pd.DataFrame
    by_reporter: pd.DataFrame
    own: pd.DataFrame


def taught_by(parts: Iterable[pd.DataFrame], judged: pd.DataFrame) -> Taught:
    """Return what came of reports, given in parts that share no hazard.

    Parameters
    ----------
    parts : iterable of DataFrame
        As :func:`weighed` takes them.
    judged : DataFrame
        See ``verdicts.verdicts``.
    """
    firsts, owns = [], []
    for said in parts:
        taught = lessons(said, judged)
        firsts.append(taught.drop_duplicates(["household", "kind"])[["kind", "reporter", "true"]])
        owned = taught[taught["reporter"] != ""].drop_duplicates(["hazard_id", "kind", "reporter"])
        owns.append(owned[["kind", "reporter", "true"]])
    first, own = pd.concat(firsts, ignore_index=True), pd.concat(owns, ignore_index=True)
    source = ["kind", "reporter"]
    return Taught(_counts(first, ["kind"]), _counts(first[first["reporter"] != ""], source), _counts(own, source))


def weighed(said: pd.DataFrame, taught: Taught, settings: RiskSettings) -> pd.DataFrame:
    """Return the reports with what each adds to the log-odds of its hazard.

    Parameters
    ----------
    said : DataFrame
        ``hazard_id, case_id, report_id, party, seen, kind, reporter, household``, RangeIndex,
        in order of time within a hazard.
    taught : Taught
        What all reports teach.
    settings : RiskSettings

    Returns
    -------
    DataFrame
        With ``r``, ``basis`` (default or learned), ``weight``, and ``logit`` = weight · (logit r − logit π).
    """
    said = said.assign(**_learned(said, taught, settings))
    term = pd.Series(logit(said["r"].to_numpy(float)) - logit(settings.report_base), index=said.index)
    strongest = pd.DataFrame({"household": said["household"], "term": -term})
    strongest = strongest.sort_values(["household", "term"], kind="stable")  # of equal ones the earlier counts more
    place = strongest.groupby("household").cumcount().reindex(said.index)
    weight = settings.report_repeat ** place.to_numpy(float)
    return said.assign(weight=weight, logit=weight * term)


def _learned(said: pd.DataFrame, taught: Taught, settings: RiskSettings) -> dict[str, Any]:
    """Return ``r`` and ``basis`` of each report: (n₀·r + true) / (n₀ + verified), of the kind, then of the source."""
    base = settings.report_weight
    of_kind = _counted(taught.by_kind, said)
    own = _counted(taught.own, said)
    others = of_kind - _counted(taught.by_reporter, said)
    prior = said["kind"].map(kind_priors(settings)).to_numpy(float)
    kind_r = (base * prior + others[:, 1]) / (base + others[:, 0])
    r = (base * kind_r + own[:, 1]) / (base + own[:, 0])
    basis = np.where(others[:, 0] + own[:, 0] > 0, "learned", "default").astype(object)
    return {"r": r, "basis": basis}


def _counts(lessons_of: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    return lessons_of.groupby(by)["true"].agg(["size", "sum"]).reset_index()


def _counted(counts: pd.DataFrame, said: pd.DataFrame) -> NDArray[np.float64]:
    """Return how many lessons the group of each report holds and how many were true, shape (reports, 2)."""
    by = [name for name in counts if name not in ("size", "sum")]
    found = said[by].merge(counts, on=by, how="left")[["size", "sum"]]
    numbers: NDArray[np.float64] = np.nan_to_num(found.to_numpy(float))
    return numbers
