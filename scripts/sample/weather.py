"""Sixty days of noon weather, until the end of the week that the demo plans."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from sample.frame import Dice

LAST_DAY = date(2024, 8, 25)
DAYS = 60
# date, rain, wind, gusts, warning
_EVENTS = {
    "2024-07-08": (18.5, 22.0, 48.0, "heavy_rain"),
    "2024-07-15": (0.0, 38.0, 68.0, "wind"),
    "2024-07-30": (26.0, 30.0, 62.0, "thunder heavy_rain"),
    "2024-08-08": (31.5, 24.0, 55.0, "heavy_rain"),
    "2024-08-09": (9.0, 16.0, 33.0, ""),
    "2024-08-14": (12.0, 26.0, 52.0, "thunder"),
}


def weather_rows(dice: Dice) -> list[dict[str, Any]]:
    """Return one row a day: hot and dry, with the few rains that an irrigated desert county gets."""
    rows, warmth = [], 31.0
    for k in range(DAYS):
        day = (LAST_DAY - timedelta(days=DAYS - 1 - k)).isoformat()
        warmth = 0.75 * warmth + 0.25 * dice.between(27.0, 36.5)
        rain, wind, gusts, alert = _EVENTS.get(day, (0.0, dice.between(5.0, 20.0), 0.0, ""))
        if not alert and not rain and dice.chance(0.08):
            rain = dice.between(0.4, 4.0)
        temperature = warmth - (5.0 if rain > 5 else 0.0)
        damp = 30.0 + (32.0 - temperature) * 1.5 + (28.0 if rain > 5 else 8.0 if rain else 0.0)
        if not alert and temperature > 34.0:
            alert = "heat"
        rows.append(
            {
                "date": day, "temp_c": round(temperature, 1), "rh_pct": round(damp + dice.between(-6, 6)),
                "wind_kmh": round(wind, 1), "rain_mm": round(rain, 1),
                "gusts_kmh": round(gusts or wind * dice.between(1.5, 1.9), 1), "alerts": alert,
            }
        )  # fmt: skip
    return rows
