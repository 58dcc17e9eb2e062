"""Numbers as people read them, and parts that sum to their total as printed."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patrol.reports.figures import DIGITS, decimals_of, figure, parts_that_sum


@pytest.mark.parametrize(
    ("value", "shown"),
    [(0, "0"), (0.00423, "0.00423"), (1.2, "1.20"), (12.34, "12.3"), (99.96, "100"), (4502.9, "4,503"),
     (float("nan"), "–"), (1e-12, "0"), (-3.0, "-3.00"), (2e7, "20,000,000")],
)  # fmt: skip
def test_figures_have_three_digits(value, shown):
    assert figure(value) == shown


@given(st.lists(st.floats(0, 1e7), min_size=1, max_size=60), st.integers(0, 9))
def test_printed_parts_sum_to_the_printed_total(values, decimals):
    parts, total = parts_that_sum(values, decimals)
    numbers = [Decimal(part.replace(",", "")) for part in parts]
    assert sum(numbers) == Decimal(total.replace(",", ""))
    step = 10.0**-decimals
    assert float(total.replace(",", "")) == pytest.approx(sum(values), abs=step * 0.51, rel=1e-9)
    for number, value in zip(numbers, values, strict=True):
        assert float(number) == pytest.approx(value, abs=step, rel=1e-9)


@given(st.floats(1e-6, 1e12))
def test_a_total_has_enough_digits(total):
    shown = parts_that_sum([total], decimals_of(total))[1]
    assert len(shown.replace(",", "").replace(".", "").lstrip("0")) >= DIGITS


def test_nothing_is_nothing():
    assert parts_that_sum([0.0, 0.0], decimals_of(0.0)) == (["0", "0"], "0")
