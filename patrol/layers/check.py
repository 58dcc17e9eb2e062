"""``patrol check``: every fault of every input, what its values contradict, and how much was read."""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from patrol.errors import ConfigError, Finding
from patrol.layers.area import AREA_M
from patrol.layers.caring import kept_out, strangers
from patrol.layers.files import Gathered, Progress, gather, in_order
from patrol.layers.raw import some_rows
from patrol.layers.schema import PARTIES
from patrol.layers.span_doubts import doubts_of
from patrol.layers.values import SEVERAL, TOGETHER
from patrol.project import INPUTS, Project, examine_project
from patrol.words import counted

BoolArray = npt.NDArray[np.bool_]
OVERLAP_SHARE = 0.01  # zones drawn by hand touch and cross a little at their edges
OUTSIDE_SHARE = 0.05  # this much line length outside every zone asks for a reason


def open_project(path: Path | str) -> Project:
    """Read a project folder; where its file is at fault, look for the faults of its inputs before refusing.

    Raises
    ------
    ConfigError
        Names every fault of ``project.toml`` and, if it has any, those of the inputs that it names, too.
    """
    project, faults = examine_project(path)
    if project is None or faults:
        inputs = () if project is None else gather(project).findings
        raise ConfigError([*faults, *(one for one in inputs if one.level == "error")])
    return project


def check_project(
    project: Project,
    *,
    hazard_types: frozenset[str] | None = None,
    progress: Progress | None = None,
    area_m: float = AREA_M,
    seen: Gathered | None = None,
) -> list[Finding]:
    """Return everything there is to say about a project's inputs; nothing is raised for what a user gave.

    Parameters
    ----------
    project : Project
    hazard_types : frozenset of str, optional
        Codes of the hazard taxonomy, to find others.
    progress, area_m
        As of :func:`patrol.layers.files.load_layers`.
    seen : Gathered, optional
        :func:`patrol.layers.files.gather` of this project, if it is at hand.

    Returns
    -------
    list of Finding
        Errors, rejected rows, suspicions and notes, in this order, each by input. If there is an
        ``error``, :func:`patrol.layers.files.load_layers` would raise it.
    """
    seen = gather(project, progress=progress, area_m=area_m) if seen is None else seen
    found = list(seen.findings) + _counts(seen)
    checks: tuple[Callable[[Gathered], list[Finding]], ...] = (
        _voltages, _customers_own, _zones, _zone_names, _breaks, _opening_hours, _parties, _people, _same_poles,
        _hazard_days, _weather_gaps, _spans,
    )  # fmt: skip
    if seen.crs is not None:
        for check in checks:
            found += check(seen)
        found += _hazard_types(seen, hazard_types)
    return list(in_order(found))


def _counts(seen: Gathered) -> list[Finding]:
    """Return one note an input: rows, kilometres, rows set aside."""
    notes = []
    aside = [(one.code.split(".")[0], one.row) for one in seen.findings if one.level == "rejected"]
    failed = {one.code.split(".")[0] for one in seen.findings if one.level == "error"}
    for kind in (kind for kind in INPUTS if kind in seen.raws and kind not in failed):
        frame, raw = seen.frames[kind], seen.raws[kind]
        words = f"{counted(len(frame), 'row')} read"
        if isinstance(frame, gpd.GeoDataFrame) and kind in {"lines", "roads"}:
            words += f", {float(shapely.length(np.asarray(frame.geometry.array)).sum()) / 1000:.1f} km"
        lost = len({row for name, row in aside if name == kind})
        notes.append(raw.note("count", words + (f", {lost} set aside" if lost else "")))
    if "calendar" in seen.project.files and not any(one.code.startswith("calendar.") for one in seen.findings):
        notes.append(_calendar_note(seen))
    return notes


def _calendar_note(seen: Gathered) -> Finding:
    seasons, events = seen.calendar.seasons, seen.calendar.events
    default = [one.season for one in seasons if one.default]
    count = Counter(one.kind for one in events)
    kinds = ", ".join(f"{kind.replace('_', ' ')}: {count[kind]}" for kind in sorted(count))
    what = f"{counted(len(seasons), 'season')} read" + (f", {kinds}" if kinds else "")
    if default:
        what += f"; dates of {', '.join(default)} are the package's own guess"
    return Finding("note", "calendar.count", seen.project.files["calendar"].label, what)


def _voltages(seen: Gathered) -> list[Finding]:
    if "lines" not in seen.raws:
        return []
    lines, limit = seen.frames["lines"], seen.project.settings.network.distribution_max_kv
    high = lines[lines["voltage_kv"] > limit]
    if high.empty:
        return []
    what = f"{len(high)} of {len(lines)} lines are above {limit:g} kV and not patrolled ({_rows(high)})"
    mend = "voltage_kv is in kilovolts; distribution_max_kv sets the limit"
    return [seen.raws["lines"].suspicion("voltage", what, mend, row=_first(high), name="voltage_kv")]


def _customers_own(seen: Gathered) -> list[Finding]:
    """Say which lines and equipment are customers' own: patrol looks at them and serves notice, no more."""
    found = []
    words = {word.casefold() for word in seen.project.settings.planning.customer_owners}
    for kind in ("lines", "equipment"):
        frame = seen.frames[kind]
        theirs = frame[frame["owner"].str.casefold().isin(words)] if kind in seen.raws else frame[:0]
        if len(theirs):
            what = f"{len(theirs)} of {len(frame)} {kind} are customers' own: look and serve notice only"
            found.append(seen.raws[kind].note("customers_own", f"{what} ({_rows(theirs)})"))
    return found


def _zones(seen: Gathered) -> list[Finding]:
    """Tell zones that overlap, and line length outside every zone."""
    if "zones" not in seen.raws or seen.frames["zones"].empty:
        return []
    raw, zones, lines = seen.raws["zones"], seen.frames["zones"], seen.frames["lines"]
    shapes = np.asarray(zones["geometry"].array, dtype=object)
    tree = shapely.STRtree(shapes)
    one, two = tree.query(shapes, predicate="intersects")
    one, two = one[one < two], two[one < two]
    shared = shapely.area(shapely.intersection(shapes[one], shapes[two]))
    much = shared > OVERLAP_SHARE * np.minimum(shapely.area(shapes[one]), shapely.area(shapes[two]))
    found = []
    names, rows = zones["zone_id"].tolist(), zones["source_row"].tolist()
    for i in np.lexsort((two, one)):
        if much[i]:
            what = f"zones {names[one[i]]!r} and {names[two[i]]!r} share {shared[i] / 1e6:.2f} km²"
            mend = "one team leader answers for each place: redraw the border"
            found.append(raw.suspicion("overlap", what, mend, row=rows[two[i]], name="geometry"))
    geometry = np.asarray(lines["geometry"].array, dtype=object)
    length = shapely.length(geometry)
    middle = shapely.line_interpolate_point(geometry, 0.5, normalized=True)
    inside = np.zeros(len(geometry), dtype=bool)
    inside[tree.query(middle, predicate="intersects")[0]] = True
    outside = float(length[~inside].sum())
    if len(length) and outside > OUTSIDE_SHARE * length.sum():
        what = f"{outside / length.sum():.0%} of the line length ({outside / 1000:.1f} km) lies in no zone"
        mend = "the nearest zone answers for it; extend the zones, or add those that are missing"
        found.append(raw.suspicion("uncovered", what, mend))
    return found


def _zone_names(seen: Gathered) -> list[Finding]:
    """Tell crews that name a zone which does not exist."""
    if not {"zones", "crews"} <= set(seen.raws):
        return []
    return _unknown(seen, "crews", "zones", sorted(set(seen.frames["zones"]["zone_id"])), "zone_unknown", "zone")


def _parties(seen: Gathered) -> list[Finding]:
    """Tell service points, rounds and requests that ask for a party which does not exist."""
    found = []
    for kind in ("service_points", "rounds", "requests"):
        if kind in seen.raws:
            found += _unknown(seen, kind, "parties", list(PARTIES), "party_unknown", "party", between=TOGETHER)
    return found


def _people(seen: Gathered) -> list[Finding]:
    """Tell service points whose person is in no crew, or in none that may come; the row is named, not the person."""
    if "crews" not in seen.raws:
        return []
    points, crews = seen.frames["service_points"], seen.frames["crews"]
    what = "names a person whom no crew has, so whoever is nearest comes"
    mend = "write the name under members of the person's crew in the input crews (several separated by |)"
    found = _each(seen, "service_points", strangers(points, crews), "person_unknown", what, mend, "person")
    what = "names a person whose crew may not come: the point wants another party, or skills that the crew lacks"
    mend = "mend parties and skills of the point, or those of the crew; or name somebody else"
    return found + _each(seen, "service_points", kept_out(points, crews), "person_kept_out", what, mend, "person")


def _hazard_types(seen: Gathered, known: frozenset[str] | None) -> list[Finding]:
    if known is None or "hazards" not in seen.raws:
        return []
    return _unknown(seen, "hazards", "type", [*sorted(known), "unclassified"], "type_unknown", "hazard type")


def _unknown(
    seen: Gathered, kind: str, column: str, known: Iterable[str], code: str, noun: str, *, between: str = SEVERAL
) -> list[Finding]:
    """Return a suspicion for each word of a column that is not known, with the rows that use it."""
    frame, raw, names = _of_file(seen, kind), seen.raws[kind], list(known)
    words = frame[column].str.split(between, regex=True).explode()
    words = words[(words != "") & ~words.isin(names)]
    found = []
    for word, rows in frame.loc[words.index, "source_row"].groupby(words.to_numpy(), sort=True):
        near = difflib.get_close_matches(str(word), [name for name in names if name], n=1)
        mend = f"did you mean {near[0]!r}?" if near else f"known: {', '.join(name for name in names[:20] if name)}"
        what = f"no {noun} {str(word)[:60]!r} ({some_rows(np.unique(rows.to_numpy()))})"
        found.append(raw.suspicion(code, what, mend, row=int(rows.min()), name=column))
    return found


def _breaks(seen: Gathered) -> list[Finding]:
    """Tell crews whose break cannot be taken within its window and the shift."""
    crews = seen.frames["crews"]
    length = crews["break_minutes"] * 60.0
    first = crews["break_earliest"].fillna(crews["shift_start"]).clip(lower=crews["shift_start"])
    last = crews["break_latest"].fillna(crews["shift_end"])  # the latest start of the break
    last = last.clip(upper=crews["shift_end"] - length)
    mend = "let it start between break_earliest and break_latest, and end within the shift"
    what = "the break does not fit into the shift, so it would be left out"
    return _each(seen, "crews", (length > 0) & (last < first), "break", what, mend, "break_minutes")


def _opening_hours(seen: Gathered) -> list[Finding]:
    points = seen.frames["service_points"]
    wrong = points["closes"] <= points["opens"]
    mend = "give opens before closes, as 08:30"
    return _each(seen, "service_points", wrong, "hours", "closes before it opens", mend, "closes")


def _hazard_days(seen: Gathered) -> list[Finding]:
    hazards = seen.frames["hazards"]
    wrong = hazards["closed"] < hazards["reported"]
    return _each(
        seen, "hazards", wrong, "closed", "was closed before it was reported", "mend one of the days", "closed"
    )


def _same_poles(seen: Gathered) -> list[Finding]:
    poles = seen.frames["poles"]
    again = poles.duplicated(["feeder_id", "branch", "pole_no"])
    mend = "give each pole of a feeder and branch its own number, or name the branch"
    what = "another pole of this feeder and branch has the same number"
    return _each(seen, "poles", again, "pole_repeats", what, mend, "pole_no")


def _spans(seen: Gathered) -> list[Finding]:
    """Tell spans of distribution lines from pole to pole that are too long, or cross a span of another feeder."""
    if not {"lines", "poles"} <= set(seen.raws):
        return []
    lines = seen.frames["lines"]
    own = lines[lines["voltage_kv"] <= seen.project.settings.network.distribution_max_kv]
    return doubts_of(own, seen.frames["poles"], seen.raws["poles"].label)


def _weather_gaps(seen: Gathered) -> list[Finding]:
    if "weather" not in seen.raws:
        return []
    days = seen.frames["weather"]["date"].sort_values(kind="stable")
    gaps = days[days.diff() > pd.Timedelta(days=1)]
    if gaps.empty:
        return []
    what = f"{counted(len(gaps), 'gap')} between days, the first before {gaps.iloc[0].date()}"
    return [
        seen.raws["weather"].suspicion("gaps", what, "fire weather builds up day by day: give every day", name="date")
    ]


def _each(seen: Gathered, kind: str, wrong: pd.Series, code: str, what: str, mend: str, name: str) -> list[Finding]:
    """Return a suspicion for each row marked wrong."""
    if kind not in seen.raws:
        return []
    raw, own = seen.raws[kind], seen.frames[kind].index.isin(_of_file(seen, kind).index)
    rows = seen.frames[kind].loc[np.asarray(wrong, dtype=bool) & own, "source_row"]
    return [raw.suspicion(code, what, mend, row=int(row), name=name) for row in rows]


def _of_file(seen: Gathered, kind: str) -> pd.DataFrame:
    """Return the rows of an input that stand in its own file: rounds have become service points too."""
    frame = seen.frames[kind]
    if kind != "service_points" or "rounds" not in seen.raws:
        return frame
    rounds = tuple(f"{name}/" for name in seen.frames["rounds"]["round_id"])
    return frame[~frame["point_id"].str.startswith(rounds)] if rounds else frame


def _first(frame: pd.DataFrame) -> int:
    return int(frame["source_row"].iloc[0])


def _rows(frame: pd.DataFrame) -> str:
    return some_rows(frame["source_row"].to_numpy())
