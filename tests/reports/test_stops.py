"""The frames that papers are drawn from: order, direction, codes, and what never gets into them."""

import numpy as np
import pytest
import shapely

from paper_cases import drawn_of, known_of
from patrol.plan import stop_codes
from patrol.reports.stops import STOP_COLUMNS, clock, of_shift, stop_frame


def test_stops_are_the_plan_in_its_order_with_its_codes(plan, known):
    stops = stop_frame(plan, known.hazards)
    assert list(stops.columns) == [*STOP_COLUMNS, "geometry"]
    assert stops.crs == "EPSG:4326"
    said = [(s["shift_id"], k) for s in plan.shifts for k in range(len(s["route"]))]
    assert list(zip(stops["shift_id"], stops["order"], strict=True)) == said
    codes = stop_codes(plan)
    assert [codes.get(place, 0) for place in said] == stops["code"].tolist()
    assert stops["code"].tolist() == [0, 1, 2, 0, 3, 0, 0, 4, 0]
    assert stops["name"].tolist() == [
        "START", "01 F1 10", "02 F1 29", "BREAK", "03 F1 012", "END", "START", "04 F1 30", "END",
    ]  # fmt: skip


def test_poles_stand_in_the_order_of_walking(plan):
    stops = stop_frame(plan)
    ends = stops.set_index("code")[["first_pole", "last_pole"]].drop(index=0).to_numpy().tolist()
    assert ends == [["10", "19"], ["29", "20"], ["", ""], ["30", "39"]]


def test_lines_run_the_way_they_are_walked(plan, known):
    drawn = drawn_of(plan, known)
    shapes = dict(zip(known.sections["section_id"], known.sections.geometry.to_crs(4326), strict=True))
    got = dict(zip(drawn.lines["section_id"], drawn.lines.geometry, strict=True))
    assert shapely.equals_exact(got["F1-1"], shapes["F1-1"])
    assert shapely.equals_exact(got["F1-2"], shapely.reverse(shapes["F1-2"]))


def test_a_section_that_is_gone_has_no_line_and_stays_a_stop(plan, known):
    fewer = known_of(plan, sections=known.sections.iloc[1:])
    drawn = drawn_of(plan, fewer)
    assert "F1-1" not in set(drawn.lines["section_id"])
    assert "F1-1" in set(drawn.stops["section_id"])


def test_legs_are_those_of_the_plan(plan, known):
    legs = drawn_of(plan, known).legs
    assert np.allclose(shapely.get_coordinates(legs.geometry), shapely.get_coordinates(plan.legs().geometry))
    assert legs["to_name"].tolist() == ["01 F1 10", "04 F1 30"]


def test_a_household_in_care_is_its_code_whatever_the_plan_calls_it(make_plan):
    def edit(doc):
        care = {"kind": "service", "visit_kind": "care", "label": "Mr Li", "label_zh": "李护户"}
        doc["tasks"]["H:7"] = {**doc["tasks"]["H:7"], **care}
        doc["shifts"][0]["route"][4]["task_id"] = "V:CARE-3"
        doc["tasks"]["V:CARE-3"] = doc["tasks"].pop("H:7")

    stops = stop_frame(make_plan(edit))
    assert "李护户" not in stops.to_json()
    assert "Mr Li" not in stops.to_json()
    row = stops[stops["code"] == 3].iloc[0]
    assert (row["label"], row["label_zh"], row["name"]) == ("Care visit CARE-3", "关爱走访 CARE-3", "03 CARE-3")


def test_an_owner_is_a_mark_and_not_a_name(make_plan):
    stops = stop_frame(make_plan(lambda doc: doc["tasks"]["H:7"].update(asset_owner="王老板")))
    assert "王老板" not in stops.to_json()
    assert stops.loc[stops["code"] == 3, "notice_only"].all()


def test_an_empty_plan_has_the_columns(empty_plan, known):
    drawn = drawn_of(empty_plan, known)
    assert [len(drawn.stops), len(drawn.legs), len(drawn.lines)] == [0, 0, 0]
    assert list(drawn.stops.columns) == [*STOP_COLUMNS, "geometry"]


def test_one_shift_is_that_shift(plan, known):
    own = of_shift(stop_frame(plan, known.hazards), 1)
    assert set(own["crew_id"]) == {"C2"}
    assert own.index.tolist() == [0, 1, 2]


@pytest.mark.parametrize(
    ("moment", "shown"), [("2024-08-16T23:59:00+08:00", "23:59"), ("2024-08-17T00:10:00+08:00", "00:10 +1")]
)
def test_a_clock_says_when_midnight_is_past(moment, shown):
    assert clock(moment, "2024-08-16") == shown
