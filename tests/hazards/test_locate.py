"""Where reports are: what people call lines, poles and equipment, and what is said where that is not clear."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pyproj
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drawn import CRS, NEAR, equipment, every, lines, network, poles, row_of_poles
from patrol.config import HazardSettings
from patrol.hazards.along import trunk_places
from patrol.hazards.line_names import line_key
from patrol.hazards.locate import locate
from patrol.hazards.model import REPORT_COLUMNS, empty_frame

SETTINGS = HazardSettings()
HOLE = float("nan")


@pytest.fixture(scope="module")
def place():
    """Two lines with a branch each; 5 hangs on both, 12B03 on one."""
    first = {"feeder_id": "F611", "name": "611 Chengguan Line", "name_zh": "10kV611城关线"}
    second = {"feeder_id": "F612", "name": "612 Yaofu Line", "name_zh": "10kV612姚伏线"}
    drawn = lines(
        ([(0, 0), (1000, 0)], first),
        ([(500, 0), (500, 200)], first),
        ([(0, 3000), (1000, 3000)], second),
        ([(500, 3000), (500, 3300)], second),
    )
    pole = poles(
        *row_of_poles(every((0, 0), (1000, 0)), feeder="F611"),
        *row_of_poles(every((500, 50), (500, 200)), feeder="F611", branch="北支"),
        *row_of_poles(every((0, 3000), (1000, 3000)), feeder="F612"),
        *[(500, 3050 + 50 * i, f"012B{i + 1:02d}", "F612", "012B") for i in range(6)],
    )
    things = equipment(
        (0, 0, "breaker", {"feeder_id": "F611"}),
        (0, 3000, "breaker", {"feeder_id": "F612"}),
        (
            300,
            0,
            "transformer",
            {"feeder_id": "F611", "equipment_id": "T-1", "name_zh": "红旗村1号公变", "name": "Pump"},
        ),
        (300, 3000, "transformer", {"feeder_id": "F612", "equipment_id": "T-2", "name": "Pump"}),
    )
    return network(drawn, pole, things), SimpleNamespace(poles=pole, crs=pyproj.CRS.from_epsg(CRS))


def reports(*rows):
    frame = empty_frame(REPORT_COLUMNS, len(rows))
    frame["row"] = np.arange(1, len(rows) + 1)
    for i, row in enumerate(rows):
        for name, value in row.items():
            frame.loc[i, name] = value
    return frame


def found(place, *rows):
    return locate(reports(*rows), *place, SETTINGS)


def where(place, **row):
    frame, _ = found(place, row)
    one = frame.iloc[0]
    return (round(one["x"] - NEAR[0], 3), round(one["y"] - NEAR[1], 3)) if one["located_by"] else None


def lonlat(x, y):
    back = pyproj.Transformer.from_crs(CRS, 4326, always_xy=True)
    lon, lat = back.transform(NEAR[0] + x, NEAR[1] + y)
    return {"lon": lon, "lat": lat}


@pytest.mark.parametrize(
    "name",
    ["F611", "f611", "611", "城关", "10kV城关线", "１０ｋＶ 城关线路", "10千伏611城关线", "611 CHENGGUAN line",
     "chengguan", "Chengguan feeder", "611线"],
)  # fmt: skip
def test_a_line_answers_to_all_its_names(place, name):
    assert where(place, feeder_ref=name, pole_ref="11") == (500, 0)


@pytest.mark.parametrize("number", ["11", "011", "11#", "No.11", "１１号杆", "#0011", "11号杆附近"])
def test_a_pole_answers_however_it_is_written(place, number):
    assert where(place, feeder_ref="城关", pole_ref=number) == (500, 0)


@pytest.mark.parametrize(
    "number", ["11-12", "011#-012#", "11至12号杆", "11~12", "between 11 and 12", "12-11", "11号与12号之间"]
)
def test_two_poles_mean_the_middle_between_them(place, number):
    frame, _ = found(place, {"feeder_ref": "F611", "pole_ref": number})
    assert (frame["x"].iloc[0] - NEAR[0], frame["uncertainty_m"].iloc[0]) == (525, 25 + 5)


def test_branches_by_pole_by_line_and_by_both(place):
    assert where(place, feeder_ref="612", pole_ref="12b3") == (500, 3150)
    assert where(place, feeder_ref="612", pole_ref="012B03") == (500, 3150)
    assert where(place, feeder_ref="城关线", pole_ref="北支2") == (500, 100)
    assert where(place, feeder_ref="北支线", pole_ref="2") == (500, 100)
    assert where(place, feeder_ref="城关线北支", pole_ref="02") == (500, 100)
    assert where(place, feeder_ref="城关线", pole_ref="2") == (50, 0), "a number alone is the trunk's"


def test_a_pole_without_a_line_counts_where_only_one_is_called_so(place):
    frame, told = found(place, {"pole_ref": "12B3"}, {"pole_ref": "5"}, {"pole_ref": "5"})
    assert frame["located_by"].tolist() == ["pole", "", ""]
    assert frame["feeder_id"].tolist() == ["F612", "", ""]
    codes = {one.code: one for one in told}
    assert set(codes) == {"hazards.pole_without_line", "hazards.pole_several"}
    assert codes["hazards.pole_several"].count == 2
    assert "F611 005, F612 005" in codes["hazards.pole_several"].what


@pytest.mark.parametrize(
    ("row", "code", "words"),
    [
        ({"feeder_ref": "城南线", "pole_ref": "1"}, "line_unknown", "城南线"),
        ({"feeder_ref": "F6l1", "pole_ref": "1"}, "line_unknown", "did you mean 'F61"),
        ({"feeder_ref": "61", "pole_ref": "1"}, "line_unknown", "61"),
        ({"feeder_ref": "F611", "pole_ref": "99"}, "pole_unknown", "'99' on F611"),
        ({"feeder_ref": "F611", "pole_ref": "20-99"}, "pole_unknown", "'20-99'"),
        ({"feeder_ref": "F611"}, "place_only_line", "F611"),
        ({}, "place_missing", "nothing"),
        ({"equipment_ref": "T-9"}, "equipment_unknown", "T-9"),
        ({"equipment_ref": "pump"}, "equipment_several", "pump"),
        ({"feeder_ref": "F611", "along_m": 1001.0}, "along_beyond", "1000 m"),
        ({"feeder_ref": "F611", "along_m": -1.0}, "along_beyond", "1000 m"),
    ],
)
def test_what_is_not_clear_waits_and_says_why(place, row, code, words):
    frame, told = found(place, row)
    assert frame["located_by"].tolist() == [""]
    assert frame[["x", "y"]].isna().all(axis=None)
    assert [one.code for one in told] == [f"hazards.{code}"]
    assert words in told[0].what
    assert (told[0].level, told[0].row) == ("suspicion", 1)


def test_a_name_that_two_lines_share_is_not_guessed():
    drawn = lines(
        ([(0, 0), (100, 0)], {"feeder_id": "A1", "name_zh": "1城关线"}),
        ([(0, 900), (100, 900)], {"feeder_id": "A2", "name_zh": "2城关线"}),
    )
    pole = poles((0, 0, "1", "A1"), (0, 900, "1", "A2"))
    two = network(drawn, pole), SimpleNamespace(poles=pole, crs=pyproj.CRS.from_epsg(CRS))
    frame, told = found(two, {"feeder_ref": "城关线", "pole_ref": "1"}, {"feeder_ref": "2城关线", "pole_ref": "1"})
    assert frame["located_by"].tolist() == ["", "pole"]
    assert "A1, A2" in told[0].what


def test_equipment_by_id_name_and_line(place):
    assert where(place, equipment_ref="t-1") == (300, 0)
    assert where(place, equipment_ref="红旗村1号") == (300, 0)
    assert where(place, equipment_ref="pump", feeder_ref="姚伏") == (300, 3000)


def test_metres_along_the_trunk_follow_the_branch_with_the_most_line(place):
    assert where(place, feeder_ref="F611", along_m=0.0) == (0, 0)
    assert where(place, feeder_ref="F611", along_m=620.0) == (620, 0)
    assert where(place, feeder_ref="F612", along_m=1000.0) == (1000, 3000)
    net, _ = place
    points, length = trunk_places(net, "F612", np.array([-1.0, 500, 1000.5]))
    assert length == pytest.approx(1000)
    assert np.isnan(points[[0, 2]]).all()


def test_coordinates_come_first_and_a_contradiction_is_told(place):
    rows = [
        {**lonlat(119, 0), "feeder_ref": "F611", "pole_ref": "1"},
        {**lonlat(121, 0), "feeder_ref": "F611", "pole_ref": "1"},
        {**lonlat(121, 0), "feeder_ref": "F611", "pole_ref": "1", "uncertainty_m": 50.0},
        {**lonlat(40, 0), "feeder_ref": "nobody", "pole_ref": "1"},
    ]
    frame, told = found(place, *rows)
    assert frame["located_by"].tolist() == ["lonlat"] * 4
    assert frame["x"].to_numpy() - NEAR[0] == pytest.approx([119, 121, 121, 40], abs=1e-3)
    assert frame["uncertainty_m"].tolist() == [15, 15, 50, 15]
    assert [(one.code, one.row) for one in told] == [("hazards.contradiction", 2)]
    assert "121 m from pole '1' of F611" in told[0].what
    read = frame[["pole_x", "pole_y"]].to_numpy() - NEAR
    assert np.isnan(read[[1, 3]]).all(), "far from the coordinates; of a line that nobody knows"
    assert read[[0, 2]] == pytest.approx(np.zeros((2, 2)), abs=1e-3)
    alone, _ = found(place, {"feeder_ref": "F611", "pole_ref": "1"}, lonlat(40, 0))
    assert alone[["pole_x", "pole_y"]].isna().all(axis=None), "nothing beside coordinates"


def test_areas_and_pixels_are_centres(place):
    corners = [lonlat(x, y) for x, y in ((0, 0), (600, 0), (600, 800), (0, 800), (0, 0))]
    ring = ", ".join(f"{p['lon']} {p['lat']}" for p in corners)
    rows = [
        {"area_wkt": f"POLYGON (({ring}))"},
        {"area_wkt": "POLYGON ((no"},
        {**lonlat(5, 5), "source": "firms:N20"},
        {**lonlat(5, 5), "source": "firms:N20", "uncertainty_m": 375.0},
    ]
    frame, _ = found(place, *rows)
    assert frame["located_by"].tolist() == ["area", "", "area", "area"]
    assert frame["uncertainty_m"].iloc[[0, 2, 3]].tolist() == [pytest.approx(500, abs=0.1), 500, 375]
    assert frame["x"].iloc[0] - NEAR[0] == pytest.approx(300, abs=0.1)


def test_the_callers_frame_and_index_stay(place):
    rows = reports({"feeder_ref": "F611", "pole_ref": "3"}, {}).set_axis([7, 3])
    before = rows.copy()
    frame, _ = locate(rows, *place, SETTINGS)
    pd.testing.assert_frame_equal(rows, before)
    assert frame.index.tolist() == [7, 3]
    empty, told = locate(rows.iloc[:0], *place, SETTINGS)
    assert (len(empty), told) == (0, ())


def test_the_same_doubt_is_told_once_and_hostile_text_is_shortened(place):
    bad = "=cmd|' /C calc'!A0\u202e" * 20
    _, told = found(place, *[{"feeder_ref": bad, "pole_ref": "1"}] * 50)
    assert [(one.count, one.row) for one in told] == [(50, 1)]
    assert "\u202e" not in told[0].what
    assert len(told[0].what) < 200


TEXT = st.text(st.sampled_from("012 39#-~号杆支线北城关Ff6kKvV(.，\u202e=\n至和"), max_size=8)


@settings(max_examples=60)
@given(st.lists(st.tuples(TEXT, TEXT, TEXT), min_size=1, max_size=5))
def test_no_words_break_it(place, words):
    rows = [{"feeder_ref": a, "pole_ref": b, "equipment_ref": c} for a, b, c in words]
    frame, told = found(place, *rows)
    lost = frame["located_by"] == ""
    assert (frame["x"].isna() == lost).all()
    assert not lost.any() or told, "what waits has a reason"


def test_keys_of_names():
    assert line_key("１０ｋＶ 城关线路") == line_key("城关") == "城关"
    assert line_key("北分支线") == line_key("北支")
