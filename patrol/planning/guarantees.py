"""On which sections the events of a calendar lie, and which must not fail because supply is guaranteed (保供电)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from patrol.errors import Finding
from patrol.layers.calendar import Event, Part
from patrol.network.topology import Network
from patrol.planning.due import PoleFinder

SOURCE = "calendar"
_BOUND = {"supply_guarantee": "guarded", "campaign": "counted", "holiday": "counted"}


def guaranteed_sections(
    network: Network, sections: pd.DataFrame, events: Iterable[Event]
) -> tuple[pd.Series[Any], list[Finding]]:
    """Return which sections serve an event whose supply is guaranteed, and what was made of each event.

    An event names whole feeders, by their id or name, or parts of them by pole numbers; a section
    counts if any of its spans does.

    Parameters
    ----------
    network, sections
        As traced and cut; ``sections`` with ``span_ids``.
    events : iterable of Event
        Those that are on.

    Returns
    -------
    tuple of (Series of bool, findings)
        On the index of ``sections``. Feeders and poles that do not exist are suspicions, as the event is
        then guarded in part only; the rest are notes.
    """
    events = tuple(events)
    where, found = event_sections(network, sections, events)
    marked = np.zeros(len(sections), dtype=bool)
    for event in events:
        marked |= where[event]
        count = int(where[event].sum())
        what = f"{event.name}, {event.start} to {event.end}: supply is guaranteed, so {count} sections are critical"
        found.append(Finding("note", "calendar.supply_guarantee", SOURCE, what, count=count))
    return pd.Series(marked, index=sections.index, name="supply_guarantee"), found


def event_sections(
    network: Network, sections: pd.DataFrame, events: Iterable[Event]
) -> tuple[dict[Event, NDArray[np.bool_]], list[Finding]]:
    """Return on which sections each event lies, and what of it no line answers to.

    Parameters
    ----------
    network, sections
        As traced and cut; ``sections`` with ``span_ids``.
    events : iterable of Event
        An event without parts lies on no section here: what that means is for the caller to say.

    Returns
    -------
    tuple of (dict of Event to ndarray of bool, shape (n_sections,), findings)
        The findings are suspicions, feeders and poles that do not exist.
    """
    found: list[Finding] = []
    finder = PoleFinder(network)
    spans_of = {key: rows.tolist() for key, rows in network.spans.groupby("feeder_id").groups.items()}
    names = _names(network)
    where: dict[Event, NDArray[np.bool_]] = {}
    for event in events:
        spans: set[int] = set()
        for part in event.parts:
            got = _spans(part, finder, spans_of, names)
            if got is None:
                what = f"{event.name}: no line answers to {_called(part)}, so nothing of it is {_BOUND[event.kind]}"
                mend = "mend the feeder or pole number in the calendar"
                found.append(Finding("suspicion", "calendar.unmatched", SOURCE, what, mend))
            else:
                spans |= set(got)
        where[event] = np.array([not spans.isdisjoint(ids) for ids in sections["span_ids"]], dtype=bool)
    return where, found


def _names(network: Network) -> dict[str, str]:
    """Return the feeder id that each id, and each name that is not shared, stands for."""
    feeders = network.feeders
    known: dict[str, str] = {}
    for column in ("name", "name_zh"):
        single = feeders[~feeders[column].duplicated(keep=False)]
        known |= dict(zip(single[column], single["feeder_id"], strict=True))
    return known | {name: name for name in feeders["feeder_id"]}


def _spans(part: Part, finder: PoleFinder, spans_of: dict[str, list[int]], names: dict[str, str]) -> list[int] | None:
    feeder = names.get(part.feeder_id, "")
    if not (part.first_pole or part.last_pole):
        return spans_of.get(feeder)
    return finder.path(feeder, part.first_pole, part.last_pole)


def _called(part: Part) -> str:
    poles = [pole for pole in (part.first_pole, part.last_pole) if pole]
    return repr(part.feeder_id) + (f" pole {' to '.join(poles)}" if poles else "")
