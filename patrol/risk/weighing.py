"""What one report weighs: how far its kind of source and its own source are to be believed, and in whose company.

r_j = (n₀·r + true) / (n₀ + verified), domain brief 3(b), in two steps: what came of the reports of a kind
moves the kind's r, and what came of one source's moves that from the kind's (reckoned without it) to its own.
Of one household the report that speaks most for the hazard counts whole, the second ``report_repeat``, the
third its square: with .5, a household never weighs as much as two strangers.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import logit

from patrol.config import RiskSettings
from patrol.risk.verdicts import lessons
from patrol.risk.witnesses import households, kind_priors


def weighed(said: pd.DataFrame, judged: pd.DataFrame, settings: RiskSettings) -> pd.DataFrame:
    """Return the reports with what each adds to the log-odds of its hazard.

    Parameters
    ----------
    said : DataFrame
        ``hazard_id, case_id, report_id, party, seen, kind, reporter, photo_keys``, RangeIndex,
        in order of time within a hazard.
    judged : DataFrame
        What reports learn from, see ``verdicts.verdicts``.
    settings : RiskSettings

    Returns
    -------
    DataFrame
        With ``r``, ``basis`` (default or learned), ``weight``, and ``logit`` = weight · (logit r − logit π).
    """
    said = said.assign(household=households(said))
    said = said.assign(**_learned(said, lessons(said, judged), settings))
    term = pd.Series(logit(said["r"].to_numpy(float)) - logit(settings.report_base), index=said.index)
    strongest = pd.DataFrame({"household": said["household"], "term": -term})
    strongest = strongest.sort_values(["household", "term"], kind="stable")  # of equal ones the earlier counts more
    place = strongest.groupby("household").cumcount().reindex(said.index)
    weight = settings.report_repeat ** place.to_numpy(float)
    return said.assign(weight=weight, logit=weight * term)


def _learned(said: pd.DataFrame, taught: pd.DataFrame, settings: RiskSettings) -> dict[str, Any]:
    """Return ``r`` and ``basis`` of each report: (n₀·r + true) / (n₀ + verified), of the kind, then of the source."""
    base = settings.report_weight
    by_kind = taught.drop_duplicates(["household", "kind"])  # a household's chorus is one lesson
    by_source = taught[taught["reporter"] != ""].drop_duplicates(["hazard_id", "kind", "reporter"])
    of_kind = _counted(by_kind, ["kind"], said)
    mine = _counted(by_kind[by_kind["reporter"] != ""], ["kind", "reporter"], said)
    own = _counted(by_source, ["kind", "reporter"], said)
    others = of_kind - mine
    prior = said["kind"].map(kind_priors(settings)).to_numpy(float)
    kind_r = (base * prior + others[:, 1]) / (base + others[:, 0])
    r = (base * kind_r + own[:, 1]) / (base + own[:, 0])
    basis = np.where(others[:, 0] + own[:, 0] > 0, "learned", "default").astype(object)
    return {"r": r, "basis": basis}


def _counted(taught: pd.DataFrame, by: list[str], said: pd.DataFrame) -> NDArray[np.float64]:
    """Return how many lessons a group holds and how many were true, for each report, shape (reports, 2)."""
    counts = taught.groupby(by)["true"].agg(["size", "sum"]).reset_index()
    found = said[by].merge(counts, on=by, how="left")[["size", "sum"]]
    numbers: NDArray[np.float64] = np.nan_to_num(found.to_numpy(float))
    return numbers
