"""Numbers as people read them, and rounded parts that still sum to their rounded total."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction

DIGITS = 5  # of a total, at least


def figure(value: float) -> str:
    """Return a number with about three digits: ``4,503``, ``12.3``, ``1.20``, ``0.0042``; ``–`` if not known."""
    size = abs(value)
    if math.isnan(value):
        return "–"
    if size == 0 or size < 1e-9:
        return "0"
    if size >= 99.95:
        return f"{value:,.0f}"
    decimals = 2 - math.floor(math.log10(size)) if size < 10 else 1
    return f"{value:.{min(decimals, 9)}f}"


def decimals_of(total: float) -> int:
    """Return how many decimals show a total with DIGITS digits, 0 to 12."""
    if total <= 0:
        return 0
    return min(12, max(0, DIGITS - 1 - math.floor(math.log10(total))))


def parts_that_sum(values: Sequence[float], decimals: int) -> tuple[list[str], str]:
    """Return parts and their total with so many decimals, the parts rounded so that they sum to the total.

    The parts whose cut-off remainders are largest are rounded up: each is less than one last digit off.

    Parameters
    ----------
    values : sequence of float
        Not negative.
    """
    scale = 10**decimals
    exact = [Fraction(value) * scale for value in values]  # in floats a large part hides what a small one adds
    total = round(sum(exact))
    units = [math.floor(value) for value in exact]
    order = sorted(range(len(units)), key=lambda k: (units[k] - exact[k], k))
    for k in order[: total - sum(units)]:
        units[k] += 1
    return [_fixed(unit, decimals) for unit in units], _fixed(total, decimals)


def _fixed(units: int, decimals: int) -> str:
    """Return whole units of the last digit as a decimal number, exactly."""
    whole, rest = divmod(units, 10**decimals)
    return f"{whole:,d}.{rest:0{decimals}d}" if decimals else f"{whole:,d}"
