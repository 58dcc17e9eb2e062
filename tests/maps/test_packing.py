"""Packing: what goes in comes out, in few bytes."""

import base64
import json
import zlib

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from patrol import text
from patrol.maps.packing import MAX_NUMBER, pack, to_wgs84, varints


def numbers(data, count, steps=False):
    """Twin of ``varints`` in assets/reader.js, slow and plain."""
    out, at = [], 0
    for _ in range(count):
        value, shift = 0, 0
        while True:
            byte = data[at]
            at += 1
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                break
        out.append((value >> 1) ^ -(value & 1))
    assert at == len(data)
    return np.cumsum(out).tolist() if steps else out


def unpack(block):
    raw = zlib.decompress(base64.b64decode(block))
    size = int.from_bytes(raw[:4], "little")
    head = json.loads(raw[4 : 4 + size])
    at, streams = 4 + size, []
    for length in head["len"]:
        streams.append(raw[at : at + length])
        at += length
    assert at == len(raw)
    streams = iter(streams)
    row_of, counts = list(range(head["rows"])), [1] * head["rows"]
    if head["shape"] != "point":
        row_of, counts = numbers(next(streams), head["parts"], True), numbers(next(streams), head["parts"])
    lon, lat = (np.array(numbers(next(streams), head["points"], True)) / 1e6 for _ in range(2))
    first = np.concatenate([[0], np.cumsum(counts)]).astype(int)
    parts = [(row, np.column_stack([lon[a:b], lat[a:b]])) for row, a, b in zip(row_of, first, first[1:], strict=False)]
    columns = {meta["k"]: column(meta, streams, head["rows"]) for meta in head["cols"]}
    assert next(streams, None) is None
    return parts, columns


def column(meta, streams, rows):
    if meta["t"] == "n":
        values = numbers(next(streams), rows, "d" in meta)
        values = [None if value == meta.get("na") else value / 10 ** meta.get("dec", 0) for value in values]
        day = lambda v: None if v is None else str(np.datetime64(int(v), "D"))  # noqa: E731
        return [day(value) for value in values] if "date" in meta else values
    if meta["t"] == "t":
        return next(streams).decode().split("\x1f") if rows else []
    codes = numbers(next(streams), rows)
    if meta["t"] == "w":
        return [meta["v"][code] for code in codes]
    widths, digits = numbers(next(streams), rows), numbers(next(streams), rows, True)
    return [meta["v"][c] + (str(n).zfill(w) if w else "") for c, w, n in zip(codes, widths, digits, strict=True)]


def points(columns, n):
    return gpd.GeoDataFrame(pd.DataFrame(columns, index=range(n)), geometry=[shapely.Point(0, 0)] * n, crs=4326)


@given(st.lists(st.integers(-(2**62), 2**62)))
def test_varints_come_back(values):
    assert numbers(varints(np.array(values, np.int64)), len(values)) == values


@given(st.lists(st.one_of(st.text(), st.none(), st.from_regex(r"[A-Z]-?\d{1,14}", fullmatch=True)), max_size=40))
def test_texts_come_back_cleaned(values):
    _, columns = unpack(pack(points({"a": pd.Series(values, dtype=object)}, len(values)), ["a"], shape="point"))
    assert columns["a"] == [text.clean(value) for value in values]


@given(
    st.lists(
        st.one_of(st.integers(-(10**9), 10**9), st.just(float("nan")), st.decimals(-1000, 1000, places=3)), max_size=40
    )
)
def test_numbers_come_back_with_three_decimals(values):
    given_ = [float(value) for value in values]
    _, columns = unpack(pack(points({"a": pd.Series(given_, dtype=float)}, len(given_)), ["a"], shape="point"))
    for got, value in zip(columns["a"], given_, strict=True):
        assert got is None if np.isnan(value) else got == pytest.approx(value, abs=5e-4)


def test_digits_of_other_scripts_stay_as_they_are():
    values = [f"P{number}٣" for number in range(40)] + [f"P{number:03d}" for number in range(40)]
    _, columns = unpack(pack(points({"a": values}, len(values)), ["a"], shape="point"))
    assert columns["a"] == values


def test_dates_booleans_and_missing_ones():
    frame = points({
        "day": pd.to_datetime(["1969-12-31", None, "2024-08-16"]), "flag": [True, False, True],
        "count": pd.array([1, None, 3], dtype="Int64"), "none": [np.nan] * 3,
    }, 3)  # fmt: skip
    _, columns = unpack(pack(frame, ["day", "flag", "count", "none"], shape="point"))
    assert columns == {
        "day": ["1969-12-31", None, "2024-08-16"],
        "flag": [1, 0, 1],
        "count": [1, None, 3],
        "none": [None] * 3,
    }


coordinates = st.tuples(st.floats(-180, 180), st.floats(-85, 85))
lines = st.lists(coordinates, min_size=2, max_size=6).map(shapely.LineString)
shapes = st.one_of(lines, st.lists(lines, min_size=1, max_size=3).map(shapely.MultiLineString))


@settings(max_examples=60)
@given(st.lists(shapes, max_size=8))
def test_lines_come_back_within_half_a_step_and_keep_their_row(given_):
    frame = gpd.GeoDataFrame({"n": range(len(given_))}, geometry=given_, crs=4326)
    parts, _ = unpack(pack(frame, ["n"], shape="line"))
    want, row = shapely.get_parts(frame.geometry.to_numpy(), return_index=True)
    assert [part[0] for part in parts] == row.tolist()
    for (_, got), line in zip(parts, want, strict=True):
        assert np.abs(got - shapely.get_coordinates(line)).max() <= 0.5001e-6


def test_areas_keep_all_rings():
    hole = shapely.box(0, 0, 1, 1) - shapely.box(0.2, 0.2, 0.4, 0.4)
    frame = gpd.GeoDataFrame(geometry=[hole, shapely.MultiPolygon([shapely.box(3, 3, 4, 4), hole])], crs=4326)
    parts, _ = unpack(pack(frame, [], shape="area"))
    assert [row for row, _ in parts] == [0, 0, 1, 1, 1]


def test_a_point_is_put_on_what_is_no_point():
    frame = gpd.GeoDataFrame(geometry=[shapely.box(0, 0, 2, 2)], crs=4326)
    ((_, at),), _ = unpack(pack(frame, [], shape="point"))
    assert shapely.box(0, 0, 2, 2).contains(shapely.Point(at[0]))


def test_sorting_by_place_moves_rows_with_their_attributes():
    rng = np.random.default_rng(1)
    at = rng.uniform(0, 1, (50, 2))
    frame = gpd.GeoDataFrame({"n": range(50)}, geometry=shapely.linestrings(np.stack([at, at + 0.01], 1)), crs=4326)
    parts, columns = unpack(pack(frame, ["n"], shape="line", by_place=True))
    assert sorted(columns["n"]) == list(range(50))
    for (row, line), _ in zip(parts, range(50), strict=True):
        assert np.abs(line[0] - at[int(columns["n"][row])]).max() < 1e-6


def test_only_wgs84_is_packed_and_no_crs_is_a_fault():
    frame = gpd.GeoDataFrame({"n": [1]}, geometry=[shapely.Point(5e5, 4e6)], crs="EPSG:32648")
    with pytest.raises(ValueError, match="WGS84 only"):
        pack(frame, ["n"], shape="point")
    with pytest.raises(ValueError, match="no CRS"):
        to_wgs84(frame.set_crs(None, allow_override=True))
    assert to_wgs84(frame.iloc[:0].set_crs(None, allow_override=True)).crs == "EPSG:4326"
    assert to_wgs84(frame).crs == "EPSG:4326"


def test_rows_without_geometry_stay_out_of_maps():
    frame = gpd.GeoDataFrame({"n": [1, 2, 3]}, geometry=[None, shapely.Point(), shapely.Point(1, 1)], crs=4326)
    assert to_wgs84(frame)["n"].tolist() == [3]


def test_a_number_too_large_for_a_browser_is_refused():
    with pytest.raises(ValueError, match="too large"):
        pack(points({"a": [float(MAX_NUMBER) * 2]}, 1), ["a"], shape="point")


def network(n, rng):
    """Spans of about 60 m along wandering feeders, with six attributes."""
    feeder = np.repeat(np.arange(n // 500), 500)
    turn = rng.normal(0, 0.15, len(feeder)).cumsum()
    step = np.column_stack([np.cos(turn), np.sin(turn)]) * rng.normal(60, 6, (len(feeder), 1)) / [86_000, 111_000]
    end = np.array([106.3, 38.6]) + step.cumsum(axis=0)
    condition = rng.choice(["good", "fair", "poor", "critical"], len(feeder), p=[0.6, 0.25, 0.12, 0.03])
    return gpd.GeoDataFrame({
        "span_id": [f"S{i:07d}" for i in range(len(feeder))], "feeder": [f"F{k:03d}" for k in feeder], "kv": 10.0,
        "conductor": np.array(["LGJ-70", "LGJ-95", "JKLYJ-120"])[feeder % 3], "condition": condition,
        "last": pd.Timestamp("2024-06-01") + pd.to_timedelta(feeder % 70, unit="D"),
    }, geometry=shapely.linestrings(np.stack([end - step, end], 1)), crs=4326)  # fmt: skip


def test_bytes_a_span_and_a_hazard():
    rng = np.random.default_rng(3)
    spans = network(10_000, rng)
    assert len(pack(spans, list(spans.columns[:6]), shape="line")) / len(spans) <= 9
    near = shapely.get_coordinates(spans.geometry.iloc[rng.integers(0, len(spans), 2000)].to_numpy())[::2]
    kind = rng.integers(0, 40, 2000)
    hazards = gpd.GeoDataFrame({
        "hazard_id": [f"H{i:06d}" for i in range(2000)], "type": [f"V{k:02d}" for k in kind],
        "severity": rng.integers(1, 6, 2000), "span_id": spans["span_id"].to_numpy()[rng.integers(0, len(spans), 2000)],
        "state": rng.choice(["reported", "verified", "assigned"], 2000),
        "reported": pd.Timestamp("2024-05-01") + pd.to_timedelta(rng.integers(0, 100, 2000), unit="D"),
        "words": [f"type {k} near pole {rng.integers(1, 200)}, about {rng.integers(1, 20)} m" for k in kind],
    }, geometry=shapely.points(near + rng.normal(0, 2e-4, (2000, 2))), crs=4326)  # fmt: skip
    assert len(pack(hazards, list(hazards.columns[:7]), shape="point")) / len(hazards) <= 26
