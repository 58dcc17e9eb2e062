"""Clock times and offsets."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patrol import units

DAY = date(2024, 8, 16)


@pytest.mark.parametrize(
    ("text", "seconds"), [("00:00", 0), ("8:30", 30600), ("08：30", 30600), ("24:00", 86400), ("01:02:03", 3723)]
)
def test_times_of_day(text, seconds):
    assert units.seconds_of_day(text) == seconds


@pytest.mark.parametrize("text", ["", "8", "08:60", "25:00", "-1:00", "08:30 pm", "a:b", "24:01"])
def test_no_times_of_day(text):
    with pytest.raises(ValueError, match="is not a time"):
        units.seconds_of_day(text)


@given(st.integers(0, units.DAY_S - 1), st.sampled_from(["Asia/Shanghai", "Europe/Berlin", "UTC"]))
def test_iso_there_and_back(seconds, zone):
    assert units.seconds_since_midnight(units.local_iso(DAY, seconds, zone), DAY) == seconds


def test_iso_has_the_offset():
    assert units.local_iso(DAY, 3600, "Asia/Shanghai") == "2024-08-16T01:00:00+08:00"
    with pytest.raises(ValueError, match="no offset"):
        units.seconds_since_midnight("2024-08-16T01:00:00", DAY)


def test_clock():
    assert units.clock(30_659) == "08:30"


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "00:00:00"), (3723, "01:02:03"), (86400, "24:00:00"), (-61, "-00:01:01")]
)
def test_exact_clock(seconds, text):
    assert units.exact_clock(seconds) == text
