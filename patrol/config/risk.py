"""Settings of the risk model: what weather, season, reporters and ageing do to hazards."""

from __future__ import annotations

from dataclasses import dataclass

from patrol.config.field import setting


@dataclass(frozen=True, slots=True)
class RiskSettings:
    """How likely hazards are, and how soon they become faults."""

    fire_weather_days: int = setting(
        30, "fewest days of weather from which fire weather is reckoned; with fewer, seasons alone count",
        guess=True, low=1, high=366,
    )  # fmt: skip
