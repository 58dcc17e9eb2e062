"""Slack: how much of a shift is left unplanned, so that most shifts end on time though times differ from the plan."""

from __future__ import annotations

import math
from statistics import NormalDist

from patrol.config.defence import DefenceSettings


def slack_s(hours_s: int, settings: DefenceSettings) -> int:
    """Return the seconds of a shift that are kept free.

    A shift of so many seconds holds about ``hours / task_minutes`` tasks, each longer or shorter than planned by up to
    ``spread`` of itself, evenly and independently: a standard deviation of spread / sqrt(3) of each. By the central
    limit theorem their sum exceeds its plan by more than z standard deviations with the chance 1 - ``on_time``:

        slack = z * spread / sqrt(3) * sqrt(hours * task length)

    Parameters
    ----------
    hours_s : int
        Length of the shift, less its break.
    """
    if settings.spread <= 0 or hours_s <= 0:
        return 0
    z = NormalDist().inv_cdf(settings.on_time)
    spread = settings.spread / math.sqrt(3.0) * math.sqrt(hours_s * settings.task_minutes * 60.0)
    return min(hours_s, max(0, math.ceil(z * spread)))
