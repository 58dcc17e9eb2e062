"""Why a task is left out where its problem does not know it: beyond a volunteer's walk, or a crew is missing."""

import pytest

from joint_office import confirm, left, off, write_office
from patrol.api import plan_all, write_outputs
from patrol.plan import read_plan
from patrol.planning.audit import audit
from patrol.planning.why_not import explain_plan
from patrol.project import read_project
from patrol.reports.summary import summary
from patrol.reports.why_not import answer
from tiny import at, crews, table

START = "2024-08-16"


@pytest.fixture(scope="module")
def far(tmp_path_factory):
    """An errand of the enterprise and a villager, more than 2 km from the villager's home."""
    lon, lat = at(50, 100)
    row = {"parties": "enterprise+villager", "lon": lon, "lat": lat}
    folder = write_office(tmp_path_factory.mktemp("far") / "o", request=row, zones=("", "", ""))
    lon, lat = at(2800, 100)
    people = [{**row, "people": 2, "break_minutes": 0} for row in crews()]
    table(folder / "crews.csv", [*people[:3], {**people[3], "start_lon": lon, "start_lat": lat}])
    planned = plan_all(folder, start=START, days=5, iterations=50)
    write_outputs(planned, folder / "plan")
    return folder


def test_what_no_volunteer_may_walk_to_says_so(far):
    plan = read_plan(far / "plan")
    reasons = left(plan.document)
    assert (reasons["R:J1/villager"], reasons["R:J1/enterprise"]) == ("far_home", "no_partner")
    assert "farther from every volunteer's home than they may walk" in summary(plan, "en")
    assert "距各志愿人员住处均超出步行范围" in summary(plan, "zh")
    assert audit(plan, far / "plan", read_project(far)) == ()
    (row,) = explain_plan(plan, far / "plan", ["R:J1/villager"])
    assert "a volunteer lived within 2000 m of it" in "\n".join(answer(row, plan.tasks, "en"))


def test_a_crew_off_by_the_roster_is_missing_in_a_plan_too(tmp_path):
    folder = write_office(tmp_path / "o", zones=("", "", ""), roster=off("G1", "2024-08-17"))
    confirm(folder, ("2024-08-17", "10:15", "government", "G1"))
    plan = plan_all(folder, start=START, days=4, iterations=50).plan
    assert left(plan.document)["R:J1/enterprise"] == "held_absent"
    assert plan.tasks["R:J1/government"]["missing"] == ["G1"]
    assert "a crew of it is absent" in summary(plan, "en")
