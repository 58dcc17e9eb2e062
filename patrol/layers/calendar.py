"""The calendar of a project: seasons, holidays, campaigns, and events whose supply is guaranteed (保供电)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from patrol.layers.festivals import FESTIVAL_YEARS, festival_day

EventKind = Literal["holiday", "campaign", "supply_guarantee"]
Factors = tuple[tuple[str, float], ...]  # code or category of hazard types, and its factor


@dataclass(frozen=True, slots=True)
class Season:
    """A time of the year: the same days every year, or a number of days round a festival or given dates.

    Attributes
    ----------
    season : str
        Short name, such as ``winter_peak``; of seasons that hazard types have a factor for, the column's.
    start, end : tuple of (month, day), optional
        First and last day, every year; a season may run over New Year. None where ``dates`` say it.
    dates : tuple of date
        Days that move, with ``days_before`` and ``days_after`` them.
    festival : str
        One of :data:`patrol.layers.festivals.FESTIVALS`, round whose day it lies each year; empty for none.
    factors : tuple of (str, float)
        By code or category of hazard types: what the season multiplies how often they come.
    default : bool
        One of the package's own, whose dates are a guess.
    """

    season: str
    name: str
    name_zh: str
    start: tuple[int, int] | None = None
    end: tuple[int, int] | None = None
    dates: tuple[date, ...] = ()
    days_before: int = 0
    days_after: int = 0
    festival: str = ""
    factors: Factors = ()
    default: bool = False

    def covers(self, day: date) -> bool:
        """Return whether a day lies in the season; one of a festival only where its tables reach."""
        if self.start is not None and self.end is not None:
            here = (day.month, day.day)
            if self.start <= self.end:
                return self.start <= here <= self.end
            return here >= self.start or here <= self.end
        before, after = timedelta(days=self.days_before), timedelta(days=self.days_after)
        return any(moving - before <= day <= moving + after for moving in self._moving(day.year))

    def _moving(self, year: int) -> tuple[date, ...]:
        """Return the days that the season lies round, where they may bear on a day of ``year``."""
        if not self.festival:
            return self.dates
        years = range(max(year - 1, FESTIVAL_YEARS[0]), min(year + 1, FESTIVAL_YEARS[1]) + 1)
        return tuple(festival_day(self.festival, one) for one in years)


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a feeder by its pole numbers, as patrols name theirs; both empty for the whole feeder."""

    feeder_id: str
    first_pole: str = ""
    last_pole: str = ""


@dataclass(frozen=True, slots=True)
class Event:
    """A holiday, a campaign or a supply guarantee, from its first to its last day.

    ``factors``, by code or category of hazard types, multiply how often these come on its parts while it
    lasts, on every section if it names no parts.
    """

    kind: EventKind
    name: str
    name_zh: str
    start: date
    end: date
    parts: tuple[Part, ...] = ()
    factors: Factors = ()

    def meets(self, first: date, last: date) -> bool:
        """Return whether the event is on at any day from ``first`` to ``last``."""
        return self.start <= last and first <= self.end


@dataclass(frozen=True, slots=True)
class Calendar:
    """What a project says of the days of the year; ``label`` names the file in messages."""

    seasons: tuple[Season, ...] = ()
    events: tuple[Event, ...] = ()
    label: str = "calendar.toml"

    def seasons_on(self, day: date) -> tuple[str, ...]:
        """Return the short names of the seasons that a day lies in."""
        return tuple(one.season for one in self.seasons if one.covers(day))

    def guarantees(self, first: date, last: date) -> tuple[Event, ...]:
        """Return the supply guarantees that are on at any day from ``first`` to ``last``."""
        return tuple(one for one in self.events if one.kind == "supply_guarantee" and one.meets(first, last))
