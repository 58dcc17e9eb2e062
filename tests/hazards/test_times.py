"""Times as people write them, in UTC."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from patrol.hazards.times import is_clock, parse_times


def one(word, zone="Asia/Shanghai", **options):
    times = parse_times(pd.Series([word], index=[7], dtype=object), zone, **options)
    assert list(times.at.index) == [7]
    at = times.at[7]
    return ("" if at is pd.NaT else at.strftime("%Y-%m-%d %H:%M:%S.%f")[:23]), times.precision[7], times.fault[7]


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("2024-08-16", "2024-08-15 16:00:00.000"),
        ("2024/8/16", "2024-08-15 16:00:00.000"),
        ("2024.8.16", "2024-08-15 16:00:00.000"),
        ("20240816", "2024-08-15 16:00:00.000"),
        ("2024年8月16日", "2024-08-15 16:00:00.000"),
        ("２０２４－０８－１６", "2024-08-15 16:00:00.000"),
        ("45520", "2024-08-15 16:00:00.000"),
        ("13/04/2024", "2024-04-12 16:00:00.000"),
        ("04/13/2024", "2024-04-12 16:00:00.000"),
        ("4/4/2024", "2024-04-03 16:00:00.000"),
        ("16 Aug 2024", "2024-08-15 16:00:00.000"),
    ],
)
def test_a_bare_day_is_midnight_of_the_zone(word, said):
    assert one(word) == (said, "day", "")


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("2024-08-16 09:12", "2024-08-16 01:12:00.000"),
        ("2024-08-16 09:12:33", "2024-08-16 01:12:33.000"),
        ("2024-08-16 09:12:33.123", "2024-08-16 01:12:33.123"),
        ("2024年8月16日 9时12分", "2024-08-16 01:12:00.000"),
        ("2024年8月16日9时12分33秒", "2024-08-16 01:12:33.000"),
        ("2024年8月16日上午9点", "2024-08-16 01:00:00.000"),
        ("2024-08-16 下午3:05", "2024-08-16 07:05:00.000"),
        ("2024-08-16 中午1点", "2024-08-16 05:00:00.000"),
        ("2024-08-16 晚上12点", "2024-08-16 16:00:00.000"),
        ("2024-08-16 24:00", "2024-08-16 16:00:00.000"),
        ("20240816091233", "2024-08-16 01:12:33.000"),
        ("20240816 09:12", "2024-08-16 01:12:00.000"),
        ("45520.3833333333", "2024-08-16 01:12:00.000"),
        ("04/13/2024 9:12 PM", "2024-04-13 13:12:00.000"),
        ("4/13/2024 12:05 AM", "2024-04-12 16:05:00.000"),
        ("2024-08-16T09:12:33Z", "2024-08-16 09:12:33.000"),
        ("2024-08-16T09:12:33+05:30", "2024-08-16 03:42:33.000"),
        ("2024-08-16T09:12:33.5-0330", "2024-08-16 12:42:33.500"),
        ("2024-08-16 09:12 UTC", "2024-08-16 09:12:00.000"),
        ("Fri, 16 Aug 2024 09:12:00 +0800", "2024-08-16 01:12:00.000"),
    ],
)
def test_a_time_of_day_is_kept(word, said):
    assert one(word) == (said, "s", "")


@pytest.mark.parametrize(
    ("word", "why"),
    [
        ("03/04/2024", "month/day or day/month"),
        ("2024-02-30", "no such day"),
        ("2024-13-01", "no such day"),
        ("2024-08-16 25:00", "no such day or time"),
        ("2024-08-16 晚上12:30", "no such day or time"),
        ("2024-08-16 09:61", "no such day or time"),
        ("2024-08-16T09:12+99:00", "no such day or time"),
        ("0000-01-01", "no such day"),
        ("9999-12-31", "no such day"),
        ("1723770753", "seconds since 1970"),
        ("1723770753000", "seconds since 1970"),
        ("12345", "day number"),
        ("42", "a number"),
        ("8月16日", "no time that can be read"),
        ("yesterday", "no time that can be read"),
        ("08:30", "no time that can be read"),
        ("16.8.24", "no time that can be read"),
        ("x" * 10_000, "is no time"),
    ],
)
def test_what_is_unclear_is_refused_with_how_to_mend_it(word, why):
    at, precision, fault = one(word)
    assert (at, precision) == ("", "")
    assert why in fault
    assert "2024-08-16 09:12" in fault


@pytest.mark.parametrize("word", ["", " ", None, np.nan, pd.NaT, "无", "N/A", "--"])
def test_an_empty_cell_is_no_fault(word):
    assert one(word) == ("", "", "")


def test_seconds_since_1970_count_only_where_the_format_says_so():
    assert one("1723770753", epoch=True)[0] == "2024-08-16 01:12:33.000"
    assert one("1723770753123", epoch=True)[0] == "2024-08-16 01:12:33.123"


def test_cells_without_offset_are_counted():
    times = parse_times(pd.Series(["2024-08-16", "2024-08-16T09:12:33Z", "45520", ""]), "Asia/Shanghai")
    assert times.naive.tolist() == [True, False, True, False]
    assert times.serial.tolist() == [False, False, True, False]


def test_hours_that_come_twice_or_never_are_told():
    cells = pd.Series(["2024-03-31 02:30", "2024-10-27 02:30:00", "2024-10-27", "2024-10-27 04:00"])
    times = parse_times(cells, "Europe/Berlin")
    assert times.unclear.tolist() == [True, True, False, False]
    said = [str(at)[:16] for at in times.at]
    assert said == ["2024-03-31 01:00", "2024-10-27 00:30", "2024-10-26 22:00", "2024-10-27 03:00"]


def test_a_day_without_midnight_begins_when_the_clocks_were_put_forward():
    times = parse_times(pd.Series(["2018-11-04"]), "America/Sao_Paulo")
    assert str(times.at[0])[:16] == "2018-11-04 03:00"
    assert not times.unclear[0]


@given(
    st.datetimes(min_value=datetime(1990, 1, 1), max_value=datetime(2100, 1, 1)),
    st.sampled_from(["%Y-%m-%d %H:%M:%S", "%Y/%m/%d %H:%M:%S", "%Y年%m月%d日 %H时%M分%S秒", "%Y%m%d%H%M%S"]),
)
def test_whatever_the_form_the_moment_is_the_same(moment, form):
    moment = moment.replace(microsecond=0)
    times = parse_times(pd.Series([moment.strftime(form)]), "Asia/Shanghai")
    local = moment.replace(tzinfo=ZoneInfo("Asia/Shanghai"))
    round_trip = local.astimezone(UTC).astimezone(ZoneInfo("Asia/Shanghai")).replace(tzinfo=None)
    if round_trip == moment:  # clocks in China were put forward until 1991
        assert times.at[0].to_pydatetime() == local.astimezone(UTC)


@given(st.datetimes(min_value=datetime(1990, 1, 1), max_value=datetime(2100, 1, 1)), st.integers(-14 * 60, 14 * 60))
def test_iso_times_with_an_offset_are_exact(moment, minutes):
    sign = "-" if minutes < 0 else "+"
    word = f"{moment.isoformat()}{sign}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}"
    assert parse_times(pd.Series([word]), "Asia/Shanghai").at[0] == pd.Timestamp(
        moment - timedelta(minutes=minutes), tz="UTC"
    )


@given(st.lists(st.text(max_size=30), max_size=6))
def test_any_text_is_a_time_or_a_fault(words):
    times = parse_times(pd.Series(words, dtype=object), "Asia/Shanghai")
    assert ((times.at.notna()) | (times.fault != "") | pd.Series([not w or times.fault[i] == "" for i, w in
            enumerate(words)], dtype=bool)).all()  # fmt: skip
    assert not (times.at.notna() & (times.fault != "")).any()


@pytest.mark.parametrize("word", ["9:12", "09:12:33", "下午3点", "9时12分"])
def test_a_clock_is_known_from_a_day(word):
    assert is_clock(word)
    assert not is_clock("2024-08-16 " + word)


ISO = st.builds(
    "{:04d}-{:02d}-{:02d}{}{:02d}:{:02d}:{:02d}{}{}".format,
    st.sampled_from([1899, 1900, 1971, 2023, 2024, 2199, 2200]),
    st.integers(0, 13),
    st.sampled_from([0, 1, 15, 28, 29, 30, 31, 32]),
    st.sampled_from(["T", " "]),
    st.integers(0, 25),
    st.sampled_from([0, 59, 60]),
    st.sampled_from([0, 59, 60]),
    st.sampled_from(["", ".5", ".000001", ".1234567"]),
    st.sampled_from(["", "Z", "+08:00", "-00:30", "+13:59", "+14:00", "-14:01", "+05:60"]),
)


@given(st.lists(ISO, min_size=1, max_size=20))
def test_what_is_read_by_the_column_is_as_read_one_by_one(words):
    slow = [f" {word}" for word in words]  # a space before it, and each is looked at
    fast, plain = (parse_times(pd.Series(some, dtype=object), "Asia/Shanghai") for some in (words, slow))
    for name in ("at", "precision", "fault"):
        pd.testing.assert_series_equal(getattr(fast, name), getattr(plain, name))
    for name in ("naive", "serial", "unclear"):
        assert getattr(fast, name).tolist() == getattr(plain, name).tolist()
