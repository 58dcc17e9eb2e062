"""What tracks cover of sections, from pole to pole; and where ticks and tracks say different things.

A track is no judge. A phone in a pocket under trees loses its way, a battery dies, two walk and one records: where a
track and a tick differ, both are shown, with what may explain it, and the tick stands.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

import pandas as pd

from patrol.config import FieldSettings
from patrol.field.ground import Chain, FieldGround
from patrol.field.model import DONE, NOT_DONE, PARTLY, Covered, Item, Parts, joined
from patrol.field.tracks import Matched, match_track
from patrol.hazards.stamps import stamps
from patrol.layers.crs import WGS84, Declared, transformed

SPAN_SHARE = 0.8  # of a span must be passed along; the rest is what a fix is worth at its two poles
MUCH, LITTLE = 0.8, 0.5  # of a section: from here a track says that it was walked, below it that it was not


@dataclass(frozen=True, slots=True)
class Whose:
    """Whose track it is, and of which day: ids of crews, never of people."""

    crew: str
    party: str
    mode: str
    on: str


def cover(
    track: str, fixes: pd.DataFrame, whose: Whose, ground: FieldGround, settings: FieldSettings
) -> tuple[list[Covered], list[tuple[str, str, float, float]]]:
    """Put the track of one day on the project's sections.

    Parameters
    ----------
    track : str
        Hash that names it.
    fixes : DataFrame
        As :func:`patrol.field.gpx.read_gpx` returns them.

    Returns
    -------
    covered : list of Covered
        The sections it passed along, or may have passed along.
    kept : list of (section, stamp, lon, lat)
        The fixes along credited sections; no others are to be stored.
    """
    lonlat = fixes[["lon", "lat"]].to_numpy(float)
    xy = transformed(lonlat, Declared("crs", WGS84, "WGS84"), ground.ground.layers.crs)
    sections = ground.sections
    matched = match_track(fixes, xy, sections, settings, max_kmh=settings.max_kmh.get(whose.mode, 8.0))
    ids = sections["section_id"].to_numpy(object)
    length = sections.geometry.length.to_numpy(float)
    covered = [
        _covered(track, whose, ground.chains[ids[row]], float(length[row]), matched, int(row))
        for row in sorted({*matched.covered["section"], *matched.unsure["section"], *matched.fast["section"]})
    ]
    times = stamps(fixes["at"])
    kept = [
        (str(ids[row]), times[fix], *(round(float(one), 6) for one in lonlat[fix]))
        for fix, row in zip(matched.fix, matched.on, strict=True)
    ]
    return covered, kept


def _covered(track: str, whose: Whose, chain: Chain, length: float, matched: Matched, row: int) -> Covered:
    scale = chain.metres[-1] / length if length > 0 else 1.0

    def of(frame: pd.DataFrame) -> list[tuple[float, float]]:
        mine = frame[frame["section"] == row]
        return [(a * scale, b * scale) for a, b in zip(mine["begin_m"], mine["end_m"], strict=True)]

    credited = of(matched.covered)
    metres = [round(sum(b - a for a, b in part), 1) for part in (credited, of(matched.unsure), of(matched.fast))]
    return Covered(
        track, whose.crew, whose.party, whose.mode, whose.on, chain.section, chain.feeder, chain.poles, chain.metres,
        spans_in(credited, chain.metres), *metres,
    )  # fmt: skip


def spans_in(intervals: Iterable[tuple[float, float]], metres: tuple[float, ...]) -> Parts:
    """Return the spans that intervals (metres from the first pole, without overlap) cover for the most part."""
    held = list(intervals)
    parts = []
    for number, (a, b) in enumerate(pairwise(metres)):
        inside = sum(max(0.0, min(b, end) - max(a, begin)) for begin, end in held)
        if b > a and inside >= SPAN_SHARE * (b - a):
            parts.append((number, number + 1))
    return joined(parts)


@dataclass(frozen=True, slots=True)
class Difference:
    """A section of which tick and track say different things.

    Attributes
    ----------
    code : str
        ``ticked``: done by the tick, and the track shows little of it; ``walked``: not done, not wholly or not
        mentioned by ticks, and the track passes along it.
    crew, on, section, task_id : str
        ``task_id`` is "" where no tick speaks of the section.
    ticked_m, track_m, length_m : float
    unsure_m, fast_m : float
        What may explain it: metres beside another line, metres passed fast.
    """

    code: str
    crew: str
    on: str
    section: str
    task_id: str
    ticked_m: float
    track_m: float
    length_m: float
    unsure_m: float
    fast_m: float


def differences(held: Iterable[Item], covered: Iterable[Covered], planned: Iterable[str] = ()) -> list[Difference]:
    """Return where ticks and tracks differ, of crews and days of which there is a track.

    Parameters
    ----------
    planned : iterable of str
        Sections of the plans at hand: of others that a track passes nobody owes a tick.
    """
    tracks: dict[tuple[str, str], dict[str, list[Covered]]] = defaultdict(lambda: defaultdict(list))
    for one in covered:
        tracks[one.crew, one.on][one.section].append(one)
    told, ticked = [], set()
    for item in held:
        if item.kind != "section" or (item.crew, item.on) not in tracks:
            continue
        ticked.add((item.crew, item.on, item.ref))
        seen = tracks[item.crew, item.on].get(item.ref, [])
        walked, length = _walked_m(seen), item.length_m
        if item.outcome == DONE and walked < LITTLE * length:
            told.append(_difference("ticked", item, seen, walked))
        elif item.outcome in (NOT_DONE, PARTLY) and walked >= max(MUCH * length, item.done_m + 1.0):
            told.append(_difference("walked", item, seen, walked))
    owed = set(planned)
    for (crew, on), sections in tracks.items():
        for section, seen in sections.items():
            walked = _walked_m(seen)
            if section in owed and (crew, on, section) not in ticked and walked >= MUCH * seen[0].length_m:
                told.append(
                    Difference(
                        "walked", crew, on, section, "", 0.0, walked, seen[0].length_m,
                        sum(one.unsure_m for one in seen), sum(one.fast_m for one in seen),
                    )
                )  # fmt: skip
    return sorted(told, key=lambda one: (one.on, one.crew, one.section, one.task_id))


def _walked_m(seen: list[Covered]) -> float:
    """Return metres of a section that the tracks of a crew's day cover; of several the longest speaks for all."""
    return max((one.covered_m for one in seen), default=0.0)


def _difference(code: str, item: Item, seen: list[Covered], walked: float) -> Difference:
    unsure, fast = sum(one.unsure_m for one in seen), sum(one.fast_m for one in seen)
    return Difference(
        code, item.crew, item.on, item.ref, item.task_id, item.done_m, walked, item.length_m, unsure, fast
    )
