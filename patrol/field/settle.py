"""Which of all that was said of a stop holds, and what was patrolled by it: the same in whatever order it came in.

Of a stop the latest word holds. What bears no time is older than what does; of two words of one time the more
cautious one holds (not done, partly, done), for nobody knows which was said later.

What was patrolled of a section on a day by a crew is what it ticked and what its track passed along, each part once: a
stretch that was ticked and walked with a recording phone is one patrol and not two.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from patrol.field.model import DONE, NOT_DONE, PARTLY, Covered, Item, Parts, joined, parts_m

_CAUTION = {DONE: 0, PARTLY: 1, NOT_DONE: 2}


def holding(items: Iterable[Item]) -> list[Item]:
    """Return the item that holds of each stop (plan, crew, task, and day or shift), in order of its day."""
    best: dict[tuple[str, ...], Item] = {}
    for item in items:
        stop = (item.plan, item.crew, item.task_id, item.shift_id or item.on)
        if stop not in best or _rank(item) > _rank(best[stop]):
            best[stop] = item
    return sorted(best.values(), key=lambda one: (one.on, one.crew, one.task_id, one.plan, one.item))


def _rank(item: Item) -> tuple[Any, ...]:
    return item.at, _CAUTION[item.outcome], item.item


def outcome_rows(items: Iterable[Item]) -> list[dict[str, Any]]:
    """Return rows of :data:`patrol.layers.results.OUTCOMES` for items that hold."""
    return [
        {
            "plan_sha256": one.plan, "crew_id": one.crew, "shift_id": one.shift_id, "task_id": one.task_id,
            "kind": one.kind, "ref": one.ref, "outcome": one.outcome, "found": one.found, "date": one.on,
            "at": one.at, "reason": one.reason, "note": one.note, "told_by": one.told_by, "item": one.item,
            "party": one.party, "section_id": one.ref if one.kind == "section" else "", "length_m": one.length_m,
            "done_m": one.done_m,
        }
        for one in items
    ]  # fmt: skip


def walked_rows(items: Iterable[Item], covered: Iterable[Covered]) -> list[dict[str, Any]]:
    """Return rows of :data:`patrol.layers.results.WALKED`: what ticks and tracks say was patrolled, each part once."""
    # Poles in the key: should a section have been cut or numbered anew in between, its parts are not mixed.
    parts: dict[tuple[Any, ...], list[tuple[int, int]]] = defaultdict(list)
    tellers: dict[tuple[Any, ...], set[str]] = defaultdict(set)
    finds: dict[tuple[Any, ...], int] = defaultdict(int)
    about: dict[tuple[Any, ...], tuple[str, str, tuple[float, ...]]] = {}
    said: list[tuple[Item | Covered, str, str, int]] = [
        (one, one.ref, one.told_by, one.finds) for one in items if one.kind == "section"
    ]
    said += [(one, one.section, "track", 0) for one in covered]
    for one, section, teller, found in said:
        if not one.parts:
            continue
        key = (one.on, one.crew, one.feeder, section, one.poles)
        parts[key] += one.parts
        tellers[key].add(teller)
        finds[key] += found
        about.setdefault(key, (one.mode, one.party, one.metres))
    rows = []
    for key in sorted(parts):
        mode, party, metres = about[key]
        rows += _rows(key, joined(parts[key]), mode, party, metres, finds[key], "+".join(sorted(tellers[key])))
    return rows


def _rows(
    key: tuple[Any, ...], parts: Parts, mode: str, party: str, metres: tuple[float, ...], finds: int, told_by: str
) -> list[dict[str, Any]]:
    on, crew, feeder, section, poles = key
    return [
        {
            "date": on, "feeder_id": feeder, "first_pole": poles[a], "last_pole": poles[b], "mode": mode,
            "party": party, "finds": finds if number == 0 else 0, "crew_id": crew, "section_id": section,
            "metres": round(parts_m(((a, b),), metres), 1), "told_by": told_by,
        }
        for number, (a, b) in enumerate(parts)
    ]  # fmt: skip
