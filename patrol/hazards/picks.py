"""Which of its reports says what of a hazard, and until when it must be rectified."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from operator import itemgetter
from typing import Any, NamedTuple

from patrol.hazards.actions import UNCLASSIFIED
from patrol.hazards.stamps import plus_hours

PICKED = (
    "case_id", "first", "typed", "urgent", "placed", "told", "again", "parties", "reports", "last_report", "photos",
    "withdrawn", "may_be", "due_from", "deadline",
)  # fmt: skip
AGAINST = "perhaps_emergency"  # doubt of a report whose words say an emergency beside its milder type
_RANK = {"emergency": 0, "serious": 1, "general": 2}
_NOWHERE = 1e9  # uncertainty of a report that does not say, in metres


class Member(NamedTuple):
    """A report of a hazard, with what the hazard's case says of its clock; see ``refresh`` for where it is read."""

    case_id: Any
    fid: Any
    seen: str
    key: str
    party: str
    type: str
    grade: str
    nowhere: Any
    radius: float | None
    told: Any
    again: Any
    photos: int
    withdrawn: str | None
    hours: float | None
    doubts: str
    restarted: str | None
    rectified: str | None


def rank(grade: str) -> int:
    """Return the place of a class, the gravest 0."""
    return _RANK.get(grade, len(_RANK))


def picks(members: Iterator[tuple[Any, ...]]) -> Iterator[tuple[Any, ...]]:
    """Yield, for each hazard, :data:`PICKED`; ties fall to time of capture, then to the key.

    What was withdrawn says nothing, unless all was. The type is that of the gravest report that has one, so that type
    and class are of one thing. Each report must be dealt with in the hours of its own class after it was seen
    (after the hazard was reopened, if that is later), and the first of these deadlines holds: an emergency
    that comes in weeks after a mild report is not overdue on arrival. Of what was rectified and is reported again,
    only the reports since then count.
    """
    for _, group in groupby(members, key=itemgetter(0)):
        rows = [Member(*row) for row in group]
        yield _alone(rows[0]) if len(rows) == 1 else _several(rows)


def _alone(row: Member) -> tuple[Any, ...]:
    begun = max(row.seen, row.restarted or "")
    return (
        row.case_id, row.fid, row.fid, row.fid, row.fid, row.told and row.fid, row.again and row.fid, row.party, 1,
        row.seen, row.photos, row.withdrawn, may_be(row.type, row.doubts), begun, plus_hours(begun, row.hours),
    )  # fmt: skip


def _several(rows: list[Member]) -> tuple[Any, ...]:
    gone = None if any(row.withdrawn is None for row in rows) else max(row.withdrawn or "" for row in rows)
    rows = rows if gone else [row for row in rows if row.withdrawn is None]
    known = [row for row in rows if row.type != UNCLASSIFIED] or rows
    grave = [row for row in rows if row.type != UNCLASSIFIED or row.grade == "emergency"] or rows
    begun, deadline = _due(rows, grave)
    return (
        rows[0].case_id,
        rows[0].fid,
        min(known, key=lambda row: rank(row.grade)).fid,
        min(grave, key=lambda row: rank(row.grade)).fid,
        min(rows, key=lambda row: (row.nowhere, _NOWHERE if row.radius is None else row.radius)).fid,
        next((row.fid for row in rows if row.told), None),
        next((row.fid for row in rows if row.again), None),
        "|".join(sorted({row.party for row in rows})),
        len(rows),
        rows[-1].seen,
        sum(row.photos for row in rows),
        gone,
        "|".join(sorted({one for row in known for one in may_be(row.type, row.doubts).split("|")})),
        begun,
        deadline,
    )


def may_be(code: str, doubts: str | None) -> str:
    """Return what a report may be: its type, and that nobody knows it where its words say something graver."""
    return f"{code}|{UNCLASSIFIED}" if AGAINST in (doubts or "") else code


def _due(rows: Sequence[Member], grave: Sequence[Member]) -> tuple[str, str | None]:
    """Return when the clock began, and the first deadline."""
    since = rows[0].rectified
    if since is not None and rows[-1].seen > since:
        grave = [row for row in grave if row.seen > since] or [row for row in rows if row.seen > since]
    dues = [(plus_hours(begun, row.hours), begun) for row in grave for begun in [max(row.seen, row.restarted or "")]]
    known = [(due, begun) for due, begun in dues if due is not None]
    if not known:
        return dues[0][1], None
    deadline, begun = min(known)
    return begun, deadline
