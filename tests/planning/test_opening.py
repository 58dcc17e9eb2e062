"""To send a crew out at all has a price: work that fits into one shift goes into one, and nothing is lost for it."""

from datetime import date

import pytest

from patrol.api import plan_all
from patrol.planning.asked import Ask
from patrol.planning.frozen import Frozen
from patrol.planning.horizon import prepare
from patrol.planning.remaining import left_shifts
from patrol.project import read_project
from patrol.reports.summary import summary
from patrol.routing.codec import from_bytes
from patrol.routing.rules import leg_price, worth
from tiny import at, crews, hazards, table, write_tiny

START = "2024-08-16"


def write_two_ends(folder, shift_ecm, due="2024-08-16"):
    """Write a project of two crews, 3 km apart, and an errand beside the base of each; no line is due."""
    write_tiny(folder)
    rows = [{**row, "people": 2, "break_minutes": 0} for row in crews()[:2]]
    lon, lat = at(3000, 200)
    table(folder / "crews.csv", [rows[0], {**rows[1], "start_lon": lon, "start_lat": lat}])
    table(folder / "hazards.csv", [{**row, "state": "closed"} for row in hazards()])
    errands = [("WEST", at(50, 100)), ("EAST", at(2950, 100))]
    table(folder / "requests.csv", [
        {"request_id": name, "kind": "check", "due": due, "minutes": 10, "lon": lon, "lat": lat}
        for name, (lon, lat) in errands
    ])  # fmt: skip
    toml = (folder / "project.toml").read_text("utf-8")
    toml = toml.replace(
        '[inputs.service_points]\npath = "service_points.csv"', '[inputs.requests]\npath = "requests.csv"'
    )
    days = ", ".join(f"{name} = 3650" for name in ("urban", "suburban", "rural", "mountain", "cable"))
    toml += f"\n[settings.cycles]\ndefault_days = 3650\ndays = {{{days}}}\n"
    toml += f"\n[settings.planning]\nshift_ecm = {shift_ecm}\n"
    (folder / "project.toml").write_text(toml, "utf-8")
    return folder


def crews_out(plan):
    """Return the tasks by crew and day."""
    return {
        (shift["crew_id"], shift["date"]): {stop["task_id"] for stop in shift["route"] if stop["task_id"]}
        for shift in plan.shifts
    }


@pytest.mark.parametrize("engine", ["default", "ruin", "greedy", "ortools"])
def test_what_fits_into_one_shift_goes_into_one(tmp_path, engine):
    found = {}
    for price in (0, 30):
        planned = plan_all(
            write_two_ends(tmp_path / str(price), price), start=START, days=1, engine=engine, budget="fast"
        )
        assert planned.plan.dropped == []
        found[price] = list(crews_out(planned.plan).values())
        problem = from_bytes(planned.problem_bytes)
        assert {shift.price_open for shift in problem.shifts} == {price * 1000}
    assert sorted(map(sorted, found[0])) == [["R:EAST"], ["R:WEST"]], "each crew does what is beside it"
    assert found[30] == [{"R:EAST", "R:WEST"}]


def test_no_mandatory_task_is_lost_for_it(tmp_path):
    planned = plan_all(write_two_ends(tmp_path / "o", 1e6), start=START, days=1, budget="fast")
    assert all(task["mandatory"] for task in planned.plan.tasks.values())
    assert planned.plan.dropped == []
    assert planned.plan.figures["value_ecm"] < -900_000


def test_the_value_of_a_plan_has_paid_for_each_crew_sent_out(tmp_path):
    planned = plan_all(write_two_ends(tmp_path / "o", 30), start=START, days=1, budget="fast")
    problem, plan = from_bytes(planned.problem_bytes), planned.plan
    number = {task.task_id: k for k, task in enumerate(problem.tasks)}
    value = 0
    for entry in plan.shifts:
        shift = next(k for k, one in enumerate(problem.shifts) if one.shift_id == entry["shift_id"])
        crew = problem.shifts[shift]
        stops = [stop for stop in entry["route"] if stop["kind"] not in {"start", "end"}]
        value += sum(worth(problem, shift, number[stop["task_id"]], stop["option"]) for stop in stops)
        value -= sum(leg_price(crew, stop["travel_s"], stop["distance_m"]) for stop in entry["route"])
    assert plan.figures["value_ecm"] == pytest.approx(value / 1000 - 30 * len(plan.shifts))
    assert "price of sending a crew out at all on a shift (ECM): 30 (m)" in summary(
        plan, "en", planned.layers.project.settings
    )
    assert "班组出一个班次的固定代价" in summary(plan, "zh", planned.layers.project.settings)


def test_a_shift_that_has_begun_or_goes_on_later_is_not_paid_for_again(tmp_path):
    ready = prepare(read_project(write_two_ends(tmp_path / "o", 30)), first=date(2024, 8, 16), days=2)
    out = Frozen((), (), 32_400, *at(500, 100))
    ask = Ask(date(2024, 8, 16), 32_400, stand_down=((36_000, 37_800),))
    left = left_shifts(ready.built.shifts, {"2024-08-16/E1": out}, ask, ready.built.crs)
    assert dict(zip(left["shift_id"], left["price_open"], strict=True)) == {
        "2024-08-16/E1": 0, "2024-08-16/E1+2": 0, "2024-08-16/E2": 30_000, "2024-08-16/E2+2": 0,
        "2024-08-17/E1": 30_000, "2024-08-17/E2": 30_000,
    }  # fmt: skip
