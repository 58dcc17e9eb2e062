"""Tracks on lines: what is credited, what is not, and never more than was walked."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from patrol.config import FieldSettings
from patrol.field.coverage import spans_in
from patrol.field.tracks import match_track

SETTINGS = FieldSettings()


def walk(line, *, kmh=2.5, every_s=5.0, noise_m=4.0, accuracy_m=8.0, seed=0, begin=0.0):
    """Return fixes and places of somebody who goes along a line."""
    rng = np.random.default_rng(seed)
    line = shapely.linestrings(line)
    step = kmh / 3.6 * every_s
    at = np.minimum(np.arange(int(line.length / step) + 2) * step, line.length)
    xy = shapely.get_coordinates(shapely.line_interpolate_point(line, at)) + rng.normal(0, noise_m, (len(at), 2))
    times = pd.Timestamp("2024-08-16T01:00Z") + pd.to_timedelta(begin + np.arange(len(at)) * every_s, unit="s")
    frame = pd.DataFrame({"at": pd.Series(times).astype("datetime64[us, UTC]"), "accuracy_m": accuracy_m})
    return frame, xy


def sections(*lines):
    return gpd.GeoDataFrame(geometry=[shapely.linestrings(line) for line in lines], crs="EPSG:4545")


def credited(fixes, xy, frame, max_kmh=8.0, part="covered"):
    """Return the metres of each section."""
    got = getattr(match_track(fixes, xy, frame, SETTINGS, max_kmh=max_kmh), part)
    metres = (got["end_m"] - got["begin_m"]).groupby(got["section"]).sum()
    return metres.reindex(range(len(frame)), fill_value=0.0).to_numpy()


LINE = [(0, 0), (420, 30), (800, 260)]
FAIR = {"every_s": st.floats(1, 15), "noise_m": st.floats(0, 5), "seed": st.integers(0, 10_000)}
kinds = st.fixed_dictionaries({**FAIR, "kmh": st.floats(1.5, 5)})


@settings(max_examples=40)
@given(kind=kinds, shift=st.floats(-10, 10))
def test_a_walk_along_a_line_is_credited_and_never_more_than_walked(kind, shift):
    length = shapely.linestrings(LINE).length
    fixes, xy = walk([(x, y + shift / 2) for x, y in LINE], **kind)
    (metres,) = credited(fixes, xy, sections(LINE))
    assert metres >= 0.85 * length
    gone = np.hypot(*np.diff(xy, axis=0).T).sum()
    assert metres <= min(length, gone) + 1e-6


@settings(max_examples=25)
@given(kind=kinds, share=st.floats(0.2, 0.8))
def test_half_a_walk_is_half_the_section(kind, share):
    line = shapely.linestrings(LINE)
    half = shapely.get_coordinates(shapely.ops.substring(line, 0, share * line.length))
    fixes, xy = walk(half, **kind)
    (metres,) = credited(fixes, xy, sections(LINE))
    assert abs(metres - share * line.length) <= 45


@settings(max_examples=25)
@given(kind=kinds)
def test_the_way_back_counts_the_same(kind):
    fixes, xy = walk(LINE, **kind)
    (there,) = credited(fixes, xy, sections(LINE))
    (back,) = credited(fixes, xy[::-1], sections(LINE))
    (turned,) = credited(fixes, xy, sections(LINE[::-1]))
    assert abs(there - turned) < 0.01, "it does not matter which end of a section is the first"
    assert abs(there - back) <= 70


@settings(max_examples=40)
@given(kind=kinds, side=st.sampled_from([-1, 1]))
def test_a_parallel_line_is_not_credited(kind, side):
    fixes, xy = walk([(0, 0), (800, 0)], **kind)
    mine, other = credited(fixes, xy, sections([(0, 0), (800, 0)], [(0, 15 * side), (800, 15 * side)]))
    assert mine >= 0.6 * 800
    assert other <= 40


@settings(max_examples=25)
@given(kind=kinds)
def test_driving_past_80_m_away_is_nothing(kind):
    fixes, xy = walk([(0, 80), (800, 80)], **{**kind, "accuracy_m": 50.0})
    assert credited(fixes, xy, sections([(0, 0), (800, 0)])) == [0]


def test_between_two_lines_nobody_knows_and_none_is_credited():
    fixes, xy = walk([(0, 7.5), (800, 7.5)], noise_m=1)
    frame = sections([(0, 0), (800, 0)], [(0, 15), (800, 15)])
    assert credited(fixes, xy, frame).tolist() == [0, 0]
    assert (credited(fixes, xy, frame, part="unsure") > 700).all()


def test_two_lines_on_the_same_poles_are_passed_together():
    fixes, xy = walk([(0, 3), (800, 3)])
    assert (credited(fixes, xy, sections([(0, 0), (800, 0)], [(0, 1), (800, 1)])) > 700).all()


def test_crossing_under_a_line_is_no_patrol():
    fixes, xy = walk([(400, -300), (400, 300)])
    assert credited(fixes, xy, sections([(0, 0), (800, 0)])) == [0]


def test_a_gap_is_metres_uncovered():
    fixes, xy = walk([(0, 0), (800, 0)], noise_m=0)
    there = (xy[:, 0] < 250) | (xy[:, 0] > 500)
    got = match_track(fixes[there].reset_index(drop=True), xy[there], sections([(0, 0), (800, 0)]), SETTINGS, max_kmh=8)
    (one, two) = got.covered[["begin_m", "end_m"]].to_numpy()
    assert 220 <= one[1] <= 250
    assert 500 <= two[0] <= 530


def test_what_is_faster_than_anybody_patrols_is_travel():
    fixes, xy = walk([(0, 10), (800, 10)], kmh=60, every_s=2)
    frame = sections([(0, 0), (800, 0)])
    assert credited(fixes, xy, frame, max_kmh=30) == [0]
    assert credited(fixes, xy, frame, max_kmh=30, part="fast") > 700


def test_standing_still_goes_nowhere():
    rng = np.random.default_rng(3)
    fixes, _ = walk([(0, 0), (800, 0)], every_s=1)
    xy = np.array([400.0, 0.0]) + rng.normal(0, 3, (len(fixes), 2))
    assert credited(fixes, xy, sections([(0, 0), (800, 0)])) <= 30


def test_a_fix_far_off_and_one_of_poor_accuracy_do_no_harm():
    fixes, xy = walk([(0, 0), (800, 0)], noise_m=1)
    xy, accuracy = xy.copy(), fixes["accuracy_m"].to_numpy().copy()
    xy[50] += 5000
    xy[90] += 70
    accuracy[90] = 200.0
    assert credited(fixes.assign(accuracy_m=accuracy), xy, sections([(0, 0), (800, 0)])) > 780


@pytest.mark.parametrize("count", [0, 1, 2])
def test_hardly_a_track(count):
    fixes, xy = walk([(0, 0), (800, 0)])
    got = match_track(fixes[:count], xy[:count], sections([(0, 0), (800, 0)]), SETTINGS, max_kmh=8)
    assert got.covered.empty
    assert not len(got.fix)


def test_only_fixes_along_credited_sections_are_kept():
    fixes, xy = walk([(0, 0), (800, 0), (800, 900)], noise_m=2)
    got = match_track(fixes, xy, sections([(0, 0), (800, 0)]), SETTINGS, max_kmh=8)
    assert (np.abs(xy[got.fix, 1]) <= SETTINGS.reach_most_m).all()
    assert len(got.fix) < 0.6 * len(xy)


def test_a_span_counts_where_most_of_it_was_passed():
    assert spans_in([(0, 55), (100, 180)], (0.0, 60.0, 120.0, 180.0)) == ((0, 1), (2, 3))
    assert spans_in([(5, 118)], (0.0, 60.0, 120.0, 180.0)) == ((0, 2),)
    assert spans_in([], (0.0, 60.0)) == ()
