"""What crews say of the stops of a plan, before and after it is known which of it holds."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace

DONE, PARTLY, NOT_DONE = "done", "partly", "not_done"
KINDS = ("section", "hazard", "service", "request")
Parts = tuple[tuple[int, int], ...]  # of a section: from pole to pole, by their position along it


@dataclass(frozen=True, slots=True)
class Item:
    """What one crew says of one stop.

    Attributes
    ----------
    item : str
        UUID that it got where it was written down; of a reply one made of what it says.
    plan, crew, party, mode : str
        Hash of the plan; who says it, and how that crew moves.
    shift_id, task_id : str
        ``shift_id`` is "" where the plan is not at hand.
    kind : str
        One of :data:`KINDS`.
    ref : str
        The section, hazard, service point or request.
    outcome : {'done', 'partly', 'not_done'}
    found : str
        Of a hazard that was looked at: ``there``, ``nothing``, or "" where it was not said.
    on : str
        Day, ISO 8601. ``at`` is the moment as a stamp in UTC, "" where nobody said it.
    reason, note : str
    finds : int
        Hazards reported with it.
    feeder, poles, parts, length_m : str, tuple of str, Parts, float
        Of a section: its line, the numbers of its poles in order, what of it was patrolled, its length.
    metres : tuple of float
        Where each of the poles stands, from the first.
    told_by : {'report', 'reply'}
    """

    item: str
    plan: str
    crew: str
    party: str
    mode: str
    shift_id: str
    task_id: str
    kind: str
    ref: str
    outcome: str
    on: str
    at: str = ""
    found: str = ""
    reason: str = ""
    note: str = ""
    finds: int = 0
    feeder: str = ""
    poles: tuple[str, ...] = ()
    metres: tuple[float, ...] = ()
    parts: Parts = ()
    told_by: str = "report"

    @property
    def length_m(self) -> float:
        """Return the length of its section, 0 of a visit."""
        return self.metres[-1] if self.metres else 0.0

    @property
    def done_m(self) -> float:
        """Return how much of its section it says was patrolled."""
        return parts_m(self.parts, self.metres)


@dataclass(frozen=True, slots=True)
class Sheet:
    """Items that stand or fall together: one revision of a report-back, or one message.

    Attributes
    ----------
    key : str
        What is superseded as a whole by a higher revision: plan, crew and day of a report-back; a message is its own.
    revision : int
    sha256 : str
        Of the file, or of the words of the message.
    items : tuple of Item
    """

    key: str
    revision: int
    sha256: str
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class Covered:
    """What a track covers of one section.

    Attributes
    ----------
    track : str
        Hash that names the track.
    crew, party, mode, on : str
        Whose track it is, and its day.
    section, feeder, poles, metres, parts
        As of :class:`Item`; ``parts`` are the spans that were passed along.
    length_m, covered_m, unsure_m, fast_m : float
        Length of the section; metres along which somebody went, those where it may as well have been a line beside
        it, and those passed faster than anybody patrols.
    """

    track: str
    crew: str
    party: str
    mode: str
    on: str
    section: str
    feeder: str
    poles: tuple[str, ...]
    metres: tuple[float, ...]
    parts: Parts
    covered_m: float
    unsure_m: float = 0.0
    fast_m: float = 0.0

    @property
    def length_m(self) -> float:
        """Return the length of the section."""
        return self.metres[-1]


def digest(*words: object) -> str:
    """Return a name made of words."""
    return hashlib.sha256("\x1f".join(str(word) for word in words).encode("utf-8", "replace")).hexdigest()


def parts_m(parts: Parts, metres: tuple[float, ...]) -> float:
    """Return the length of some parts of a section."""
    return sum(metres[b] - metres[a] for a, b in parts)


def joined(parts: list[tuple[int, int]] | Parts) -> Parts:
    """Return parts without overlap, in order; what touches becomes one."""
    whole: list[tuple[int, int]] = []
    for a, b in sorted(parts):
        if whole and a <= whole[-1][1]:
            whole[-1] = (whole[-1][0], max(b, whole[-1][1]))
        else:
            whole.append((a, b))
    return tuple(whole)


def put_right(item: Item, **more: object) -> Item:
    """Return an item with some of it changed."""
    return replace(item, **more)  # type: ignore[arg-type]
