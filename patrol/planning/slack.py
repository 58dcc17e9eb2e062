"""Slack: what is left unplanned, so that most shifts end on time and most appointments are met by all.

Times differ from the plan. What is kept free at the end of a shift is for its end; what a party keeps free before an
appointment, for those who would wait.
"""

from __future__ import annotations

import math
from statistics import NormalDist

from patrol.config.defence import DefenceSettings

HALF_QUARTER_S = 450


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
    return min(hours_s, max(0, math.ceil(_beyond(hours_s, settings.on_time, settings))))


def before_meeting_s(settings: DefenceSettings) -> int:
    """Return the seconds, whole minutes, by which each party plans to be at an appointment before work begins there.

    As in :func:`slack_s`, with what a crew has usually done when it comes there. A party may begin ``spare_s`` later
    than planned without being late. Two parties must both be in time: each with the root of ``joint_on_time``.
    """
    if settings.spread <= 0:
        return 0
    wanted = _beyond(settings.joint_after_minutes * 60.0, math.sqrt(settings.joint_on_time), settings)
    return max(0, 60 * math.ceil((wanted - spare_s(settings)) / 60.0))


def spare_s(settings: DefenceSettings) -> int:
    """Return by how much later than planned the last party may begin and still be within the tolerance.

    The agreed quarter of an hour is the one nearest to its beginning, so up to half a quarter before it.
    """
    return max(0, round(settings.joint_tolerance_min * 60) - HALF_QUARTER_S)


def _beyond(seconds: float, sure: float, settings: DefenceSettings) -> float:
    """Return what so many seconds of work exceed their plan by, but for the chance 1 - ``sure``."""
    deviation = settings.spread / math.sqrt(3.0) * math.sqrt(seconds * settings.task_minutes * 60.0)
    return NormalDist().inv_cdf(sure) * deviation
