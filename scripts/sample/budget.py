"""Hours needed against hours on offer, by a pocket calculation that shares nothing with the planner.

It leaves out the way to each stretch and that not every crew may go everywhere; the planner counts them.
"""

from __future__ import annotations

from datetime import date, timedelta

from sample.patrols import Stretch

FOOT_KMH, STOP_MIN = 2.0, 3.0
VISIT_MIN, VISIT_TRAVEL_MIN = 15.0, 4.0
LOOKAHEAD_DAYS = 7  # as project.toml says


def needed_hours(
    last: dict[Stretch, date], hazards: int, visits: list[tuple[date, int]], first: date, days: int
) -> dict[str, float]:
    """Return hours of work due by the end of a horizon: stretches, open hazards, visits as (due day, minutes)."""
    end = first + timedelta(days=days - 1)
    until = end + timedelta(days=LOOKAHEAD_DAYS)
    due = [s for s, day in last.items() if day + timedelta(days=s.cycle_days) <= until]
    late = [s for s, day in last.items() if day + timedelta(days=s.cycle_days) < first]
    km = sum(s.length_m for s in due) / 1000
    stops = sum(s.stops for s in due)
    return {
        "sections_due": sum(s.sections for s in due),
        "sections_overdue": sum(s.sections for s in late),
        "km_due": round(km, 1),
        "km_overdue": round(sum(s.length_m for s in late) / 1000, 1),
        "patrols_h": km / FOOT_KMH + stops * STOP_MIN / 60,
        "hazards_h": hazards * (VISIT_MIN + VISIT_TRAVEL_MIN) / 60,
        "visits_h": sum(minutes + VISIT_TRAVEL_MIN for day, minutes in visits if day <= end) / 60,
    }
