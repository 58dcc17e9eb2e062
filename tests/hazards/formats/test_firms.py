"""FIRMS: times and places of pixels, dates in either order, static sources, and files nobody should trust."""

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from patrol.errors import IntakeError, PatrolError
from patrol.hazards.formats.firms import read_firms
from patrol.hazards.model import REPORT_COLUMNS, IntakeContext, empty_frame

CONTEXT = IntakeContext("Asia/Shanghai", "2026-01-01T00:00:00Z")
VIIRS = (
    "country_id,latitude,longitude,bright_ti4,scan,track,acq_date,acq_time,satellite,instrument,confidence,version,"
    "bright_ti5,frp,daynight\n"
    "CHN,38.91234,106.20111,331.2,0.4,0.3,2024-03-01,0543,N20,VIIRS,n,2.0NRT,290.1,4.5,D\n"
    "CHN,38.70001,106.5,301.2,0.39,0.36,2024-03-01,1806,1,VIIRS,h,2.0NRT,280.1,0.9,N\n"
)
MODIS = (
    "latitude,longitude,brightness,scan,track,acq_date,acq_time,satellite,confidence,version,bright_t31,frp,daynight\n"
    "38.912,106.201,322.5,1.2,1.1,2024-03-01,306,T,41,6.1NRT,289.9,7.6,D\n"
    "38.700,106.500,318.0,3.0,1.6,2024-03-01,03:06,Aqua,95,6.1NRT,288.0,22.4,D\n"
)


def read(content, context=CONTEXT, label="fires.csv", **more):
    return read_firms(content if isinstance(content, bytes) else content.encode(), label, context, **more)


def table(rows, heading="latitude,longitude,scan,track,acq_date,acq_time,satellite,confidence"):
    return "\n".join([heading, *rows]) + "\n"


def dates(*words):
    return read(table([f"38.9,106.2,0.4,0.4,{word},741,N,n" for word in words]))


def test_the_nepal_file(shared):
    path = shared / "data" / "firms_nepal_viirs" / "fireData-2023-12-30.geojson"
    raw = path.read_bytes()
    made = read(raw, label=path.name)
    reports, features = made.reports, json.loads(raw)["features"]
    assert (len(reports), len(made.rejected), made.findings) == (181, 0, ())
    assert reports["captured_at"].dt.date.nunique() == 10
    # By hand: 12/30/2023 741 is 07:41, 1/1/2024 and 1/8/2024 are in January.
    assert reports["captured_at"].iloc[0] == pd.Timestamp("2023-12-30T07:41Z")
    assert reports["captured_at"].iloc[2] == pd.Timestamp("2023-12-30T07:43Z")
    assert reports["captured_at"].min() == pd.Timestamp("2023-12-30T07:41Z")
    assert reports["captured_at"].max().date() == pd.Timestamp("2024-01-08").date()
    for feature, (_, report) in zip(features, reports.iterrows(), strict=True):
        said = feature["properties"]
        month, day, year = (int(part) for part in said["acq_date"].split("/"))
        hour, minute = said["acq_time"] // 100, said["acq_time"] % 100
        assert report["captured_at"] == pd.Timestamp(year, month, day, hour, minute, tz="UTC")
        assert [report["lon"], report["lat"]] == feature["geometry"]["coordinates"]
        half = 500 * np.hypot(said["scan"], said["track"])
        assert report["uncertainty_m"] == pytest.approx(half)
    assert reports["uncertainty_m"].between(245, 560).all()
    assert set(reports["source"]) <= {"firms:N", "firms:N20"}
    assert reports["external_id"].is_unique
    assert made.form == "firms"
    assert made.label == path.name


def test_viirs_csv():
    made = read(VIIRS)
    first, second = (made.reports.iloc[i] for i in (0, 1))
    assert list(made.reports.columns) == list(REPORT_COLUMNS)
    assert made.reports.dtypes.to_dict() == empty_frame(REPORT_COLUMNS).dtypes.to_dict()
    assert (first["record"], first["party"], first["type_ref"], first["precision"]) == ("hazard", "sensor", "F03", "s")
    assert first["captured_at"] == pd.Timestamp("2024-03-01T05:43Z")
    assert first["uncertainty_m"] == pytest.approx(250.0)
    assert first["external_id"] == "N20 2024-03-01T05:43Z 38.91234,106.20111"
    for word in ("nominal", "4.5 MW", "331.2 K", "by day", "not a point", "250 m", "不是点"):
        assert word in first["description"]
    assert second["source"] == "firms:N20", "1 is the old name of NOAA-20"
    assert "confidence high" in second["description"]


def test_modis_csv():
    made = read(MODIS)
    assert made.reports["captured_at"].tolist() == [pd.Timestamp("2024-03-01T03:06Z")] * 2
    assert made.reports["source"].tolist() == ["firms:T", "firms:A"]
    assert made.reports["uncertainty_m"].round(1).tolist() == [813.9, 1700.0]
    assert "confidence 41 %" in made.reports["description"].iloc[0]


@pytest.mark.parametrize(
    ("word", "clock"),
    [("741", "07:41"), ("0306", "03:06"), ("03:06", "03:06"), ("6", "00:06"), ("0", "00:00"), ("2359", "23:59"),
     ("741.0", "07:41"), ("7:41:30", "07:41")],
)  # fmt: skip
def test_times_of_day(word, clock):
    made = read(table([f"38.9,106.2,0.4,0.4,2024-03-01,{word},N,n"]))
    assert made.reports["captured_at"].tolist() == [pd.Timestamp(f"2024-03-01T{clock}Z")]


@pytest.mark.parametrize("word", ["2400", "1260", "x", "", "-5", "12345", "99:99"])
def test_a_time_that_is_none_costs_one_row(word):
    made = read(table([f"38.9,106.2,0.4,0.4,2024-03-01,{word},N,n", "38.9,106.2,0.4,0.4,2024-03-01,741,N,n"]))
    assert made.reports["row"].tolist() == [2]
    assert made.rejected[["row", "acq_time"]].values.tolist() == [[1, word]]
    assert "acq_time" in made.rejected["reason"].iloc[0]
    assert [finding.row for finding in made.findings if finding.level == "rejected"] == [1]


def test_one_impossible_day_decides_the_order_of_the_file():
    assert dates("1/8/2024", "12/30/2023").reports["captured_at"].dt.day.tolist() == [8, 30]
    assert dates("1/8/2024", "30/12/2023").reports["captured_at"].dt.month.tolist() == [8, 12]
    assert dates("2024-03-01", "20240302", "2024/3/3").reports["captured_at"].dt.day.tolist() == [1, 2, 3]


@pytest.mark.parametrize("words", [("1/8/2024",), ("1/8/2024", "12/12/2024"), ("12/30/2023", "30/12/2023")])
def test_dates_that_could_be_either_are_refused(words):
    with pytest.raises(IntakeError, match="month/day"):
        dates(*words)


def test_a_day_that_is_none_decides_nothing():
    made = dates("12/30/2023", "45/45/2024", "2/30/2024", "soon")
    assert made.reports["row"].tolist() == [1]
    assert made.rejected["row"].tolist() == [2, 3, 4]


def test_every_missing_column_is_named():
    with pytest.raises(IntakeError) as error:
        read("latitude,scan,confidence\n1,2,3\n")
    assert [finding.what.split("'")[1] for finding in error.value.findings] == ["longitude", "acq_date", "acq_time"]


def test_no_fires_is_no_fault():
    made = read(VIIRS.splitlines()[0] + "\n")
    assert (len(made.reports), len(made.rejected)) == (0, 0)
    assert [finding.code for finding in made.findings] == ["firms.none"]
    assert read('{"type": "FeatureCollection", "features": []}').reports.empty


def test_pixels_without_size_are_as_wide_as_they_can_be():
    made = read(
        "latitude,longitude,acq_date,acq_time,satellite\n38.9,106.2,2024-03-01,741,N\n38.9,106.2,2024-03-01,741,A\n"
    )
    assert made.reports["uncertainty_m"].round().tolist() == [566, 2600]
    assert [finding.code for finding in made.findings] == ["firms.pixel"]


def test_landsat_counts_columns_and_rows_not_sizes():
    made = read(table(["38.9,106.2,3,5,2024-03-01,741,L8,H"]))
    assert made.reports["uncertainty_m"].round(1).tolist() == [21.2]


def test_capitals_and_properties_instead_of_geometry():
    one = {"LATITUDE": 38.9, "LONGITUDE": 106.2, "ACQ_DATE": "2024-03-01", "ACQ_TIME": "0025", "SATELLITE": "T",
           "SCAN": 1, "TRACK": 1}  # fmt: skip
    made = read(json.dumps({"type": "FeatureCollection", "features": [{"properties": one, "geometry": None}, {}, 7]}))
    assert made.reports["captured_at"].tolist() == [pd.Timestamp("2024-03-01T00:25Z")]
    assert made.rejected["row"].tolist() == [2, 3]


def test_static_sources_are_set_aside_and_counted():
    kiln = [f"38.90000,106.2000{day},0.4,0.4,2024-03-0{day},741,N,n" for day in range(1, 7)]
    made = read(table([*kiln, "38.5,106.5,0.4,0.4,2024-03-02,741,N,n"]), static_days=5)
    assert made.reports["row"].tolist() == [7]
    assert set(made.rejected["reason"]) == {"static source: hot on 6 days"}
    note = next(finding for finding in made.findings if finding.code == "firms.static_sources")
    assert "6 of 7" in note.what
    assert len(read(table(kiln), static_days=7).reports) == 6


def test_history_of_the_register_makes_a_source_static():
    history = pd.DataFrame({"lon": 106.2, "lat": 38.9, "uncertainty_m": 280.0,
                            "captured_at": pd.date_range("2024-01-01", periods=4, tz="UTC")})  # fmt: skip
    row, known = table(["38.9,106.2,0.4,0.4,2024-03-01,741,N,n"]), replace(CONTEXT, history=lambda: history)
    assert read(row, known, static_days=5).reports.empty
    assert len(read(row, known, static_days=6).reports) == 1


def test_what_the_archive_knows_as_static():
    heading = "latitude,longitude,scan,track,acq_date,acq_time,satellite,confidence,type"
    rows = [f"38.{kind},106.2,0.4,0.4,2024-03-01,741,N,n,{kind}" for kind in (0, 1, 2, 3)]
    made = read(table(rows, heading))
    assert made.reports["row"].tolist() == [1]
    assert made.rejected["reason"].str.startswith("static source: FIRMS knows it as").all()


def test_a_row_with_too_many_cells_is_set_aside():
    made = read(VIIRS + VIIRS.splitlines()[1] + ",x\n")
    assert made.reports["row"].tolist() == [1, 2]
    assert made.rejected["row"].tolist() == [3]


def test_nothing_but_a_row_that_is_too_long():
    made = read(table([",,,,,,,,0"]))
    assert made.rejected["row"].tolist() == [1]


def test_bad_coordinates_cost_one_row():
    made = read(table([f"{lat},106.2,0.4,0.4,2024-03-01,741,N,n" for lat in ("x", "nan", "1e999", "", "1_0", "38.9")]))
    assert made.reports["row"].tolist() == [6]
    assert "no number" in made.rejected["reason"].iloc[0]


@pytest.mark.parametrize("raw", [b"", b"  \n", b"{", b"[]", b"{}", b'{"features": 3}', b"\xff\xfe\x00", b"a,b\n1,2\n",
                                 b"[" * 100_000, b'{"features": [' + b"[" * 900 + b"]" * 900 + b"]}"])  # fmt: skip
def test_what_is_no_firms_file_is_refused(raw):
    with pytest.raises(IntakeError):
        read(raw)


CELL = st.one_of(
    st.text(max_size=8), st.sampled_from(["741", "38.9", "2024-03-01", "12/30/2023", "nan", "1e400", "-0", "N"])
)


@settings(max_examples=settings.default.max_examples * 6 // 10)
@given(st.lists(st.lists(CELL, min_size=8, max_size=9), max_size=6))
def test_any_cells(rows):
    heading = "latitude,longitude,scan,track,acq_date,acq_time,satellite,confidence\n"
    try:
        made = read(heading + "\n".join(",".join(row) for row in rows))
    except PatrolError:
        return
    assert made.reports["captured_at"].notna().all()
    assert (made.reports["uncertainty_m"] > 0).all()


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(
        st.sampled_from(["features", "properties", "geometry", "type", "coordinates", "acq_date", "acq_time",
                         "latitude", "longitude", "x"]), inner, max_size=5),
    max_leaves=20,
)  # fmt: skip


@settings(max_examples=settings.default.max_examples * 6 // 10)
@given(JSON)
def test_any_json(value):
    try:
        read(json.dumps({"type": "FeatureCollection", "features": value}))
    except PatrolError:
        return


@settings(max_examples=settings.default.max_examples * 6 // 10)
@given(st.data())
def test_mutated_files(data):
    raw = bytearray(data.draw(st.sampled_from([VIIRS.encode(), MODIS.encode()])))
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, len(raw) - 1))
        raw[at : at + data.draw(st.integers(0, 5))] = data.draw(st.binary(max_size=5))
        if not raw:
            return
    try:
        read(bytes(raw))
    except PatrolError:
        return
