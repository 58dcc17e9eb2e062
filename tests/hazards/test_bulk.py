"""What is done to half a million rows side by side gives what is done to each of them."""

import math

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from patrol import text
from patrol.hazards.formats.sheet import cleaned, is_clean, trimmed
from patrol.hazards.frames import put, renumbered
from patrol.hazards.geopackage import gp_point, gp_points
from patrol.hazards.times import _read, _stamps, _whole_seconds
from patrol.layers.values import EMPTY_TEXT

WORDS = st.lists(st.text(max_size=6) | st.sampled_from([" a", "a  b", "NULL", "<null>", "\u202ex", "鸟窝", "a\tb"]))
DEGREES = st.none() | st.floats(-180, 180) | st.sampled_from([math.nan, math.inf])


@given(WORDS)
@settings(deadline=None, max_examples=200)
def test_cells_are_cleaned_and_trimmed_as_one_by_one(words):
    cells = pd.Series(words, dtype=object)
    assert cleaned(cells).tolist() == [text.clean(word) for word in words]
    assert trimmed(cells).tolist() == ["" if w.strip().casefold() in EMPTY_TEXT else w.strip() for w in words]
    if is_clean(words):
        assert [text.clean(word) for word in words] == words


def test_what_is_no_text_or_too_long_is_not_clean():
    assert not is_clean(["a", None])
    assert not is_clean(["a", float("nan")])
    assert not is_clean(["a" * 11], limit=10)
    assert is_clean(["a" * 10, "b"], limit=10)
    assert is_clean(["", ""])


@given(st.lists(st.tuples(DEGREES, DEGREES)))
@settings(deadline=None, max_examples=100)
def test_points_are_the_same_bytes(places):
    lon, lat = ([place[i] for place in places] for i in range(2))
    assert gp_points(lon, lat) == [gp_point(*place) for place in places]


PART = st.integers(0, 99).map("{:02d}".format)
MOMENT = st.builds(
    "{}{}-{}-{}{}{}:{}:{}{}".format, st.sampled_from(["19", "20", "21", "00"]), PART, PART, PART,
    st.sampled_from("T x"), PART, PART, PART,
    st.sampled_from(["", "Z", "z"]) | st.builds("{}{}:{}".format, st.sampled_from("+-*"), PART, PART),
)  # fmt: skip
KNOWN = st.sampled_from(["2024-02-29T23:59:59+08:00", "2023-02-29 00:00:00", "2024-08-16T24:00:00Z"])


@given(st.lists(MOMENT | KNOWN, min_size=1))
@settings(deadline=None, max_examples=200)
def test_moments_are_those_read_one_by_one(words):
    stamp, naive = np.full(len(words), np.datetime64("NaT"), dtype="datetime64[us]"), np.zeros(len(words), dtype=bool)
    _whole_seconds(words, stamp, naive)
    for word, got, local in zip(words, stamp, naive, strict=True):
        if np.isnat(got):
            continue  # read one by one later on
        one = _read(word, False)
        assert _stamps(np.array([(*one[:7], one[7] or 0)], dtype=np.int64))[0] == got
        assert local == (one[7] is None)


def test_many_ordinary_moments_need_no_second_look():
    words = ["2024-08-16T01:02:03+08:00", "2024-08-16 01:02:03", "2024-08-16T01:02:03Z", "1999-12-31T23:59:59-03:30"]
    stamp, naive = np.full(4, np.datetime64("NaT"), dtype="datetime64[us]"), np.zeros(4, dtype=bool)
    _whole_seconds(words, stamp, naive)
    expected = ["2024-08-15T17:02:03", "2024-08-16T01:02:03", "2024-08-16T01:02:03", "2000-01-01T03:29:59"]
    assert stamp.tolist() == np.array(expected, dtype="datetime64[us]").tolist()
    assert naive.tolist() == [False, True, False, False]


def test_columns_are_put_into_another_frame():
    frame = pd.DataFrame({"a": [1, 2, 3], "b": ["x", "y", "z"]}, index=[5, 6, 7])
    more = put(frame, a=[4, 5, 6], c=0.5)
    assert more["a"].tolist() == [4, 5, 6]
    assert renumbered(more).index.tolist() == [0, 1, 2]
    assert frame.to_dict("list") == {"a": [1, 2, 3], "b": ["x", "y", "z"]}
    assert frame.index.tolist() == [5, 6, 7]
