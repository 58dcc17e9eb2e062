"""What was read goes into the file of what came back: sheets, tracks, and what holds in the end."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import pandas as pd

from patrol.config import FieldSettings
from patrol.errors import Finding
from patrol.field.coverage import Difference, Whose, cover, differences
from patrol.field.gpx import track_of
from patrol.field.ground import FieldGround
from patrol.field.incoming import TRACKS_OFF, Incoming
from patrol.field.model import Item, digest
from patrol.field.reportback import Back
from patrol.field.store import FieldStore


@dataclass(frozen=True, slots=True)
class Settled:
    """What came of an import.

    Attributes
    ----------
    held : list of Item
        All items that hold now, those of earlier imports too.
    about : frozenset of str
        Hazards and requests that it speaks of, or of which something else holds than before.
    days : frozenset of (str, str)
        Crews and days that it speaks of.
    track_m : dict
        Metres along lines by the tracks of each of these crews and days; only where there is a track.
    differences : list of Difference
    fresh, known : int
        Sheets and tracks that were new, and those that were held already.
    forgotten : int
        Fixes deleted because their time is over.
    findings : list of Finding
    """

    held: list[Item]
    about: frozenset[str]
    days: frozenset[tuple[str, str]]
    track_m: Mapping[tuple[str, str], float]
    differences: list[Difference]
    fresh: int
    known: int
    forgotten: int
    findings: list[Finding]


def settle_incoming(
    store: FieldStore, seen: Incoming, ground: FieldGround, settings: FieldSettings, *, on: date, timezone: str
) -> Settled:
    """Keep what was read, and say what holds now; the same files again change nothing.

    Parameters
    ----------
    on : date
        Today: tracks whose time is over are deleted.
    """
    before = {item.item: item for item in store.settle()}
    found: list[Finding] = []
    told: list[bool] = []
    days: set[tuple[str, str]] = set()
    spoken: set[str] = set()
    for _, back in seen.backs:
        told.append(_put(store, back, found))
        days |= {(item.crew, item.on) for item in back.sheet.items}
        spoken |= {item.ref for item in back.sheet.items}
        if back.track:
            days |= _track_of_report(store, back, ground, settings, timezone, found)
    for replies in seen.replies:
        for sheet in replies.sheets:
            told.append(store.put(sheet))
            days |= {(item.crew, item.on) for item in sheet.items}
            spoken |= {item.ref for item in sheet.items}
    for track in seen.tracks:
        new, party = False, ground.parties.get(track.crew, "enterprise")
        for day, fixes in _by_day(track.fixes, timezone):
            whose = Whose(track.crew, party, ground.mode_of(track.crew, day), day)
            new |= _put_track(store, digest("gpx", track.sha256, day), fixes, whose, ground, settings, "")
            days.add((track.crew, day))
        told.append(new)
    held = store.settle()
    after = {item.item: item for item in held}
    changed = {one.ref for one in [*before.values(), *held] if before.get(one.item) != after.get(one.item)}
    covered = [one for one in store.covered() if (one.crew, one.on) in days]
    track_m = {
        (crew, day): sum(one.covered_m for one in covered if (one.crew, one.on) == (crew, day))
        for crew, day in {(one.crew, one.on) for one in covered}
    }
    mine = [item for item in held if (item.crew, item.on) in days]
    planned = [str(task.get("section_id", "")) for one in ground.plans.values() for task in one.tasks.values()]
    return Settled(
        held, frozenset(spoken | changed), frozenset(days), track_m, differences(mine, covered, planned), sum(told),
        len(told) - sum(told), store.forget(on), found,
    )  # fmt: skip


def _put(store: FieldStore, back: Back, found: list[Finding]) -> bool:
    """Keep a report-back unless a revision as high is held; say so where that says something else."""
    held, sha = store.revision(back.sheet.key)
    if held >= back.sheet.revision and sha != back.sheet.sha256:
        what = f"revision {back.sheet.revision} of {back.crew}'s report: revision {held} was taken in before, it holds"
        mend = "save it as a higher revision if it is the later one"
        found.append(Finding("suspicion", "field.superseded", back.crew, what, mend))
    return store.put(back.sheet)


def _track_of_report(
    store: FieldStore, back: Back, ground: FieldGround, settings: FieldSettings, timezone: str, found: list[Finding]
) -> set[tuple[str, str]]:
    """Keep the track of the report-back that holds; return its crew and days."""
    if not settings.tracks:
        found.append(Finding("note", "field.tracks_off", back.crew, *TRACKS_OFF))
        return set()
    if store.revision(back.sheet.key) != (back.sheet.revision, back.sheet.sha256):
        return set()
    days = set()
    for day, fixes in _by_day(track_of(back.track), timezone):
        whose = Whose(back.crew, back.party, ground.mode_of(back.crew, day), day)
        name = digest("track", back.sheet.key, back.sheet.sha256, day)
        _put_track(store, name, fixes, whose, ground, settings, back.sheet.key)
        days.add((back.crew, day))
    return days


def _by_day(fixes: pd.DataFrame, timezone: str) -> list[tuple[str, pd.DataFrame]]:
    if fixes.empty:
        return []
    local = fixes["at"].dt.tz_convert(timezone).dt.strftime("%Y-%m-%d")
    return [(str(day), rows.reset_index(drop=True)) for day, rows in fixes.groupby(local, sort=True)]


def _put_track(
    store: FieldStore, track: str, fixes: pd.DataFrame, whose: Whose, ground: FieldGround, settings: FieldSettings,
    sheet: str,
) -> bool:  # fmt: skip
    covered, kept = cover(track, fixes, whose, ground, settings)
    return store.put_track(
        track, covered, kept, sheet=sheet, crew=whose.crew, on=date.fromisoformat(whose.on),
        keep_days=settings.track_days,
    )  # fmt: skip
