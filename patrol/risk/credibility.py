"""How likely it is that a reported hazard is true, and what each report adds to that.

Source: the project's domain brief, section 3(b): logit P = logit π + Σ w_j (logit r_j − logit π).

What the brief leaves open is settled so:

- The clip of ±4 is put to the log-odds logit P, after the reports and again after the looks, not to
  a report's own term: one report of r = .95 adds 4.33, and clipped to 4 it would no longer give P = .95. With the
  first clip a look still weighs against a thousand reports that copy each other.
- Reports of one household and what sources have taught: see ``weighing``.
- A look that found nothing counts if it came after the first report. P ages from the last report, to the moment
  asked about or the morning of the day.

Nobody is ranked: what comes out is a row a hazard and a row a report, without any mark of who made it.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import expit, logit

from patrol.config import RiskSettings
from patrol.hazards.stamps import last_moment
from patrol.risk.verdicts import OUTCOME_COLUMNS, verdicts
from patrol.risk.weighing import Taught, taught_by, weighed
from patrol.risk.witnesses import households, source_kinds

PART_COLUMNS = ("hazard_id", "report_id", "seen", "kind", "r", "basis", "weight", "logit")
LOOK_COLUMNS = ("hazard_id", "at", "method")
METHODS = ("foot", "vehicle", "drone")
BLOCK = 1 << 16  # hazards weighed at a time
_DAY_S = 86_400.0
_SURE = 1e-9  # what a look leaves at least: the logarithm of nothing is no number


def credibility(
    reports: pd.DataFrame,
    hazards: pd.DataFrame,
    types: pd.DataFrame,
    on: date | datetime,
    *,
    settings: RiskSettings,
    outcomes: pd.DataFrame | None = None,
    looks: pd.DataFrame | None = None,
    timezone: str = "UTC",
) -> pd.DataFrame:
    """Return the chance that each hazard is true and still there, and the sum it comes from.

    Parameters
    ----------
    reports : DataFrame
        ``report_id, hazard_id, party``, ``seen`` (or ``captured_at``), and where known ``source, case_id`` and the
        columns of ``witnesses.with_witnesses``; the order of rows does not matter.
    hazards : DataFrame
        ``hazard_id, type, state, party, reported, closed``, of the register or of a plain file; one without reports
        has one of its party. Those that are shut teach, so give them too.
    types : DataFrame
        Hazard types by code: ``persist_days`` and ``d_*``. An unknown type lasts and is never seen.
    on : date or datetime
        End of that day in the project's time zone, or a moment; nothing later is looked at. States are
        taken as they are but for what was shut later: give hazards as of then.
    settings : RiskSettings
    outcomes : DataFrame, optional
        See ``verdicts.outcomes_of``; without it the states of hazards must tell.
    looks : DataFrame, optional
        ``hazard_id, at, method`` (foot, vehicle, drone): patrols that passed the hazard and found nothing.
    timezone : str
        Of times without a zone.

    Returns
    -------
    DataFrame
        By ``hazard_id``, sorted, those reported by then: ``p``; ``basis`` (reports, verified, rectified, closed,
        refuted); ``age_days`` and ``aged`` = e^(−μ·age); ``since_logit``; ``prior`` (π); ``reports``; and the sum
        ``prior_logit + reports_logit + reports_clip + looks_logit + looks_clip = logit``. By its reports
        p = expit(logit) · aged. Verified, p = a·q / (1 − a + a·q) with a = aged, counted from the last
        verification, and q = e^since_logit of the looks since; so it is 1 for what lasts.
    """
    when = pd.Timestamp(last_moment(on, timezone))
    known = _known_hazards(hazards, when, timezone)
    judged = verdicts(_until(outcomes, OUTCOME_COLUMNS, when, timezone), known)
    blocks, taught = _heard_blocks(reports, known, judged, when, timezone)
    passed = _passed(_until(looks, LOOK_COLUMNS, when, timezone), known["type"], types)
    # A day's plan is made in the morning: what is reported that day is as fresh as can be.
    aged_at = when if isinstance(on, datetime) else when - pd.Timedelta(days=1)
    seen_true = judged.loc[judged["true"].astype(bool), "fresh"]
    tables = []
    for part, said in blocks:
        found = passed[passed["hazard_id"].isin(part.index)]
        table = _by_reports(weighed(said, taught, settings), part, found, settings)
        lasts = types["persist_days"].reindex(part["type"]).set_axis(part.index)
        fresh = _verified(part.index, said, seen_true)
        tables.append(_with_chance(table, part["state"], lasts, fresh, found, aged_at, settings))
    return pd.concat(tables)


def report_parts(
    reports: pd.DataFrame,
    hazards: pd.DataFrame,
    on: date | datetime,
    *,
    settings: RiskSettings,
    outcomes: pd.DataFrame | None = None,
    timezone: str = "UTC",
) -> pd.DataFrame:
    """Return what each report adds to its hazard's log-odds; parameters as in :func:`credibility`.

    Returns
    -------
    DataFrame
        PART_COLUMNS, by hazard, time and id: kind of source, ``r`` and whether it is the ``default`` or
        ``learned``, weight within its household, and ``logit`` = weight · (logit r − logit π). A hazard
        without reports has one row with an empty ``report_id``.
    """
    when = pd.Timestamp(last_moment(on, timezone))
    known = _known_hazards(hazards, when, timezone)
    judged = verdicts(_until(outcomes, OUTCOME_COLUMNS, when, timezone), known)
    blocks, taught = _heard_blocks(reports, known, judged, when, timezone)
    parts = [weighed(said, taught, settings)[list(PART_COLUMNS)] for _, said in blocks]
    return pd.concat(parts, ignore_index=True)


def _times(column: pd.Series[Any], timezone: str) -> pd.Series[Any]:
    """Return times in UTC; those without a zone are of the project's."""
    times = pd.to_datetime(column)
    if times.dt.tz is None:
        times = times.dt.tz_localize(timezone, ambiguous=np.zeros(len(times), bool), nonexistent="shift_forward")
    utc: pd.Series[Any] = times.dt.tz_convert("UTC").astype("datetime64[us, UTC]")
    return utc


def _until(frame: pd.DataFrame | None, columns: tuple[str, ...], when: pd.Timestamp, timezone: str) -> pd.DataFrame:
    """Return the rows no later than a moment, in UTC; no rows of a frame that is not given."""
    if frame is None:
        return pd.DataFrame({name: _no_times() if name == "at" else _no_text() for name in columns})
    rows = frame[list(columns)].assign(at=_times(frame["at"], timezone))
    return rows[rows["at"] <= when]


def _no_times() -> pd.Series[Any]:
    return pd.Series([], dtype="datetime64[us, UTC]")


def _no_text() -> pd.Series[Any]:
    return pd.Series([], dtype=object)


def _known_hazards(hazards: pd.DataFrame, when: pd.Timestamp, timezone: str) -> pd.DataFrame:
    """Return ``type, party, state, reported, shut`` by id of what was reported by then; later shutting is undone."""
    known = pd.DataFrame(
        {
            "type": hazards["type"].to_numpy(object),
            "party": hazards["party"].to_numpy(object),
            "state": hazards["state"].to_numpy(object),
            "reported": _times(hazards["reported"], timezone).array,
            "shut": _times(hazards["closed"], timezone).array,
        },
        index=pd.Index(hazards["hazard_id"].to_numpy(object), name="hazard_id"),
    )
    known = known[known["reported"] <= when].sort_index()
    later = known["state"].isin(["closed", "refuted"]) & (known["shut"] > when)
    return known.assign(state=known["state"].mask(later, "reported"), shut=known["shut"].mask(later))


def _heard_blocks(
    reports: pd.DataFrame, known: pd.DataFrame, judged: pd.DataFrame, when: pd.Timestamp, timezone: str
) -> tuple[list[tuple[pd.DataFrame, pd.DataFrame]], Taught]:
    """Return hazards with their reports, BLOCK hazards at a time so that memory stays low, and what all of them teach.

    Reports of hazards that are not known yet teach too.
    """
    place = known.index.get_indexer(pd.Index(reports["hazard_id"])) // BLOCK  # -1: of none
    nothing = known.iloc[:0]
    others = _heard(reports[place < 0], nothing, when, timezone)
    blocks = []
    for first in range(0, max(len(known), 1), BLOCK):
        part = known.iloc[first : first + BLOCK]
        blocks.append((part, _heard(reports[place == first // BLOCK], part, when, timezone)))
    return blocks, taught_by([others, *(said for _, said in blocks)], judged)


def _heard(reports: pd.DataFrame, known: pd.DataFrame, when: pd.Timestamp, timezone: str) -> pd.DataFrame:
    """Return the reports made by then, one a hazard without any, by hazard, time and id."""
    blank = pd.Series("", index=reports.index, dtype=object)
    times = reports["seen"] if "seen" in reports else reports["captured_at"]
    texts = {name: reports.get(name, blank) for name in ("source", "reporter", "photo_keys")}
    said = pd.DataFrame(
        {
            "hazard_id": reports["hazard_id"],
            "report_id": reports["report_id"],
            "case_id": reports.get("case_id", reports["hazard_id"]),
            "party": reports["party"],
            "seen": _times(times, timezone),
            **texts,
        }
    )
    said = said[said["seen"] <= when]
    bare = known[~known.index.isin(said["hazard_id"])]
    names = bare.index.to_numpy(object)
    alone = pd.DataFrame(
        {"hazard_id": names, "case_id": names, "party": bare["party"].array, "seen": bare["reported"].array}
    )
    alone = alone.assign(**dict.fromkeys(["report_id", *texts], ""))
    parts = [part for part in (said, alone[list(said)]) if len(part)]
    both = pd.concat(parts, ignore_index=True) if parts else said
    # A device's own name is no person: its reports of a hazard are one household's.
    device = (both["reporter"] == "") & (both["party"] == "sensor") & (both["source"] != "")
    both = both.assign(
        reporter=both["reporter"].mask(device, both["source"]), kind=source_kinds(both["party"], both["source"])
    )
    if len(said):  # the others are one a hazard, in order
        both = both.sort_values(["hazard_id", "seen", "report_id"], kind="stable").reset_index(drop=True)
    return both.assign(household=households(both))


def _verified(names: pd.Index, said: pd.DataFrame, seen_true: pd.Series[Any]) -> pd.Series[Any]:
    """Return when each of some hazards, or one merged into it, was last seen to be there."""
    own: pd.Series[Any] = seen_true.reindex(names)
    merged = said.loc[said["case_id"] != said["hazard_id"], ["case_id", "hazard_id"]].drop_duplicates()
    merged = merged[merged["case_id"].isin(seen_true.index)]
    if merged.empty:
        return own
    brought = pd.Series(seen_true.reindex(merged["case_id"]).array, index=merged["hazard_id"].to_numpy(object))
    latest: pd.Series[Any] = pd.concat([own, brought]).groupby(level=0).max().reindex(names)
    return latest


def _passed(looks: pd.DataFrame, kind: pd.Series[Any], types: pd.DataFrame) -> pd.DataFrame:
    """Return what each look that found nothing takes off the log-odds: ``hazard_id, at, logit`` = ln(1 − d)."""
    looks = looks[looks["hazard_id"].isin(kind.index)].reset_index(drop=True)
    column = pd.Index(METHODS).get_indexer(pd.Index(looks["method"]))
    if (column < 0).any():
        raise ValueError(f"a look is by {', '.join(METHODS)}, not {sorted(set(looks['method'][column < 0]))}")
    chance = types[[f"d_{method}" for method in METHODS]].reindex(kind.reindex(looks["hazard_id"])).to_numpy(float)
    seen = np.nan_to_num(chance[np.arange(len(looks)), column])
    return looks.assign(logit=np.log(np.maximum(1.0 - seen, _SURE)))


def _looked(passed: pd.DataFrame, since: pd.Series[Any]) -> NDArray[np.float64]:
    """Return the sum of the looks later than a time of each hazard."""
    later = passed[passed["at"] > since.reindex(passed["hazard_id"]).set_axis(passed.index)]
    later = later.sort_values(["hazard_id", "at", "logit"], kind="stable")  # sums do not depend on the order of rows
    return later.groupby("hazard_id")["logit"].sum().reindex(since.index).fillna(0.0).to_numpy(float)


def _by_reports(parts: pd.DataFrame, known: pd.DataFrame, passed: pd.DataFrame, settings: RiskSettings) -> pd.DataFrame:
    """Return the sum of log-odds by hazard, with ``reports`` and the time of the ``last`` one."""
    of = parts.groupby("hazard_id")
    prior = float(logit(settings.report_base))
    told = of["logit"].sum().reindex(known.index).to_numpy(float)
    looked = _looked(passed, of["seen"].min().reindex(known.index))
    low, high = -settings.report_clip, settings.report_clip
    heard = np.clip(prior + told, low, high)
    total = np.clip(heard + looked, low, high)
    return pd.DataFrame(
        {
            "prior": settings.report_base,
            "reports": of.size().reindex(known.index),
            "prior_logit": prior,
            "reports_logit": told,
            "reports_clip": heard - (prior + told),
            "looks_logit": looked,
            "looks_clip": total - (heard + looked),
            "logit": total,
            "last": of["seen"].max().reindex(known.index),
        },
        index=known.index,
    )


def _with_chance(
    table: pd.DataFrame,
    state: pd.Series[Any],
    persist_days: pd.Series[Any],
    fresh: pd.Series[Any],
    passed: pd.DataFrame,
    when: pd.Timestamp,
    settings: RiskSettings,
) -> pd.DataFrame:
    """Return the table with ``p, basis, age_days, aged``: by its reports or by verification, whichever says more."""
    mu = np.where(persist_days > 0, 1.0 / persist_days.where(persist_days > 0, 1.0), 0.0)
    spans = [(when - times).dt.total_seconds().to_numpy(float) / _DAY_S for times in (table["last"], fresh)]
    ages = [np.maximum(span, 0.0) for span in spans]
    heard_aged, seen_aged = (np.exp(-mu * np.nan_to_num(age)) for age in ages)
    looked = _looked(passed, fresh)
    left = seen_aged * np.exp(looked)
    by_look = np.where(fresh.notna(), left / np.maximum(1.0 - seen_aged + left, _SURE), -1.0)
    by_word = expit(table["logit"].to_numpy(float)) * heard_aged
    sure = by_look >= by_word
    shut = state.isin(["closed", "refuted"]).to_numpy(bool)
    mended = (state == "rectified").to_numpy(bool)
    p = np.select([shut, mended], [0.0, settings.repair_left], np.where(sure, by_look, by_word))
    basis = np.where(shut | mended, state.to_numpy(object), np.where(sure, "verified", "reports"))
    front = {
        "p": p,
        "basis": basis.astype(object),
        "age_days": np.where(sure, ages[1], ages[0]),
        "aged": np.where(sure, seen_aged, heard_aged),
        "since_logit": np.where(sure, looked, 0.0),
    }
    return pd.concat([pd.DataFrame(front, index=table.index), table.drop(columns="last")], axis=1)
