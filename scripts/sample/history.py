"""The time of the records: two years that end the evening before the demo, with their holidays and weather."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from sample.frame import Dice

TODAY = date(2024, 8, 16)  # the records end the evening before
FIRST_DAY = date(2022, 8, 16)  # and begin two years before
BEFORE = timedelta(days=182)  # the county lives half a year before its records begin, to forget how it was started
_HOLIDAYS = [
    (date(2022, 5, 1), 4), (date(2022, 10, 1), 7), (date(2023, 1, 21), 7), (date(2023, 5, 1), 3),
    (date(2023, 9, 29), 8), (date(2024, 2, 10), 8), (date(2024, 5, 1), 5),
]  # fmt: skip
# Word of the weather, its column of the hazard types, its chance on a day of each month from January on.
_WEATHER = [
    ("x_wind", (0.03, 0.04, 0.10, 0.12, 0.10, 0.04, 0.03, 0.02, 0.02, 0.03, 0.04, 0.03)),
    ("x_heavy_rain", (0, 0, 0, 0.01, 0.02, 0.03, 0.06, 0.07, 0.03, 0.01, 0, 0)),
    ("x_thunder", (0, 0, 0, 0.01, 0.03, 0.06, 0.08, 0.06, 0.02, 0, 0, 0)),
    ("x_heat", (0, 0, 0, 0, 0.03, 0.15, 0.30, 0.20, 0.02, 0, 0, 0)),
]
_WORDS = {"wind": "x_wind", "heavy_rain": "x_heavy_rain", "thunder": "x_thunder", "heat": "x_heat"}


def days_between(first: date, end: date) -> list[date]:
    """Return the days from the first up to but not including the end."""
    return [first + timedelta(days=k) for k in range((end - first).days)]


def weather_words(rows: list[dict[str, Any]], dice: Dice) -> dict[date, set[str]]:
    """Return what the weather of every day is: of the last days as the table of weather has it, before that by lot."""
    known = {date.fromisoformat(row["date"]): row["alerts"].split() for row in rows}
    words = {}
    for day in days_between(FIRST_DAY - BEFORE, TODAY):
        drawn = {name for name, chances in _WEATHER if dice.chance(chances[day.month - 1])}
        words[day] = {_WORDS[word] for word in known[day]} if day in known else drawn
    return words


def is_holiday(day: date) -> bool:
    """Return whether all crews have the day off."""
    return any(first <= day < first + timedelta(days=length) for first, length in _HOLIDAYS)
