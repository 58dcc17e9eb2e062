"""Who cares for a service point: people joined to crews, and what ``patrol check`` says of those who are in none."""

import pandas as pd
import pytest

from patrol.api.drawing import people_of
from patrol.layers.caring import caring, crews_by_name, kept_out, names_of, strangers
from patrol.layers.check import check_project, open_project
from patrol.layers.files import load_layers
from tiny import at, crews, table

CREWS = pd.DataFrame({
    "crew_id": ["E1", "E2", "G1"], "party": ["enterprise", "enterprise", "government"], "name": ["Line crew", "", ""],
    "name_zh": ["线路班", "", "网格员"], "members": ["刘芳|Wang  Li", "周强、刘芳", ""],
    "skills": ["", "ecommerce|live", ""],
})  # fmt: skip


@pytest.mark.parametrize(("cell", "names"), [
    ("", ()), (None, ()), ("刘芳", ("刘芳",)), (" Wang  Li ;刘芳| 刘芳 ", ("Wang Li", "刘芳")),
    ("刘芳、周强；", ("刘芳", "周强")),
])  # fmt: skip
def test_a_cell_holds_one_name_or_several_and_spaces_are_part_of_a_name(cell, names):
    assert names_of(cell) == names


@pytest.mark.parametrize(("cell", "ids"), [
    ("周强", ("E2",)), ("刘芳", ("E1", "E2")), ("wang li", ("E1",)), ("g1", ("G1",)), ("线路班", ("E1",)),
    ("网格员|周强", ("E2", "G1")),
    ("赵六", ()), ("赵六|周强", ("E2",)), ("", ()), ("Wang", ()),
])  # fmt: skip
def test_a_person_is_joined_to_crews_by_member_name_or_id(cell, ids):
    assert caring(cell, crews_by_name(CREWS)) == ids


def test_who_is_in_no_crew_and_whose_crew_may_not_come():
    people = ["", "周强", "赵六", "周强|赵六", "刘芳", "刘芳", "刘芳", "G1"]
    parties = ["", "enterprise", "", "", "government", "enterprise+government", "", "enterprise|fire"]
    skills = ["", "ecommerce", "", "", "", "", "live|drone", ""]
    points = pd.DataFrame({"person": people, "parties": parties, "skills": skills})
    assert strangers(points, CREWS).tolist() == [False, False, True, True, False, False, False, False]
    assert kept_out(points, CREWS).tolist() == [False, False, False, False, True, False, True, True]


@pytest.fixture
def named(tiny):
    """The tiny project with points that name people, and members of a crew."""
    lon, lat = at(1600, 600)
    row = {
        "kind": "liaison",
        "interval_days": 7,
        "minutes": 20,
        "name_zh": "联络点",
        "lon": lon,
        "lat": lat,
        "parties": "",
    }
    people = ("刘芳", "赵六", "E1", "刘芳")
    rows = [{**row, "point_id": f"P{k}", "person": name} for k, name in enumerate(people, 1)]
    rows[3]["parties"] = "villager"
    table(tiny / "service_points.csv", rows)
    table(tiny / "crews.csv", [{**one, "members": "刘芳|孙七" if one["crew_id"] == "E2" else ""} for one in crews()])
    return tiny


def test_check_names_the_row_and_how_to_mend_it_and_not_the_person(named):
    told = [one for one in check_project(open_project(named)) if one.code.startswith("service_points.person")]
    assert [(one.level, one.code, one.row, one.field) for one in told] == [
        ("suspicion", "service_points.person_unknown", 3, "person"),
        ("suspicion", "service_points.person_kept_out", 5, "person"),
    ]
    assert "members" in told[0].mend
    assert not any(name in str(one) for one in told for name in ("赵六", "刘芳"))


def test_no_paper_repeats_the_people_of_points_and_crews_but_a_crew_is_no_person(named):
    assert people_of(load_layers(open_project(named))) == {"刘芳", "赵六", "孙七", "王", "李"}
