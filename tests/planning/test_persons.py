"""Visits by the person who cares for a service point: at a price, and the plan says who comes instead."""

import gzip
from dataclasses import replace
from datetime import date

import pandas as pd
import pytest

from patrol.api import open_project, plan_all, replan_all, write_outputs, write_report
from patrol.config import DefenceSettings
from patrol.planning.audit import audit
from patrol.planning.build import Built
from patrol.planning.horizon import prepare
from patrol.planning.persons import instead_of, preferring
from patrol.planning.why_not import explain_plan
from patrol.reports.defence import defence_lines
from patrol.reports.summary import summary
from patrol.reports.tables import heading, schedule_frame
from patrol.routing.model import Task
from patrol.studies.compare import compare
from routing_cases import make_problem
from tiny import at, crews, table, write_tiny

DAY = date(2024, 8, 16)
PEOPLE = {"E1": "刘芳", "E2": "孙七", "G1": "周强"}


def shops(folder, *people, price=None, parties=("",) * 9, **more):
    """Write a tiny project with a shop beside the station of E1 and E2 for each of some people."""
    write_tiny(folder)
    rows = []
    for number, person in enumerate(people):
        lon, lat = at(300 + 20 * number, 130)
        row = {"point_id": f"P{number}", "kind": "ecommerce", "interval_days": 7, "last_visit": "2024-08-09"}
        place = {"name_zh": f"电商{number}", "lon": lon, "lat": lat, "minutes": 10}
        rows.append(row | place | {"person": person, "parties": parties[number]} | more)
    table(folder / "service_points.csv", rows)
    table(folder / "crews.csv", [{**one, "members": PEOPLE.get(one["crew_id"], "")} for one in crews()])
    if price is not None:
        with (folder / "project.toml").open("a", encoding="utf-8") as file:
            file.write(f"[settings.defence]\nother_person_ecm = {price}\n")
    return open_project(folder)


def served(plan):
    return {
        stop["task_id"]: (shift["crew_id"], stop.get("instead_of"))
        for shift in plan.shifts
        for stop in shift["route"]
        if stop["task_id"].startswith("V:")
    }


@pytest.fixture(scope="module")
def cared(tmp_path_factory):
    """A plan of a project whose shops want E1, E2, and somebody in no crew; and its folder."""
    folder = tmp_path_factory.mktemp("persons")
    project = shops(folder / "tiny", "刘芳", "孙七", "赵六", price=5000)
    planned = plan_all(project, start=DAY, days=1, iterations=200)
    write_outputs(planned, folder / "plan")
    return project, planned, folder / "plan"


def test_the_crew_of_the_person_named_comes(cared):
    plan = cared[1].plan
    assert served(plan)["V:P0"] == ("E1", None)
    assert served(plan)["V:P1"] == ("E2", None)
    assert [plan.tasks[f"V:P{k}"].get("preferred") for k in range(3)] == [["E1"], ["E2"], None]


def test_no_person_stands_in_the_plan_or_what_is_drawn_from_it(cared):
    _, planned, folder = cared
    texts = [path.read_text("utf-8") for path in folder.rglob("*") if path.suffix in {".json", ".html", ".txt", ".csv"}]
    texts.append(gzip.decompress(next(folder.glob("problem-*.json.gz")).read_bytes()).decode())
    assert len(texts) > 5
    assert not [name for name in (*PEOPLE.values(), "赵六") if any(name in words for words in texts)]
    (note,) = [one for one in planned.plan.document["notes"] if one["code"] == "visits.person_unknown"]
    assert note["count"] == 1


def test_a_plan_is_what_the_project_gives_and_can_be_explained_and_replanned(cared, tmp_path):
    project, planned, folder = cared
    assert audit(planned.plan, folder, project) == ()
    assert explain_plan(planned.plan, folder, ["V:P0"])[0]["served"]
    again, before = replan_all(project, folder, at="2024-08-16T08:00", absent=["E1"], iterations=50)
    crew, entry = served(again.plan)["V:P0"]
    assert crew != "E1"
    assert entry == {"crews": ["E1"], "why": "cannot"}
    assert served(before)["V:P0"] == ("E1", None)


def test_it_is_a_price_and_no_rule(tmp_path):
    """A crew that must come from far to a shop at another's door stays where it is, unless the price is high."""
    wanted = {}
    for price in (0, 1, 50_000):
        project = shops(tmp_path / str(price), "周强", price=price)  # G1 is 1.7 km away, E1 and E2 drive by
        wanted[price] = served(plan_all(project, start=DAY, days=1, iterations=200).plan)["V:P0"]
    assert wanted[50_000] == ("G1", None)
    assert wanted[0][0] != "G1"
    assert wanted[1][0] != "G1"
    assert wanted[1][1] == wanted[0][1] == {"crews": ["G1"], "why": "price"}


def test_of_a_visit_by_several_parties_only_the_persons_own_asks_for_its_crew(tmp_path):
    project = shops(tmp_path / "tiny", "刘芳", parties=("enterprise+government",))
    ready = prepare(project, first=DAY, days=2)
    preferred = dict(zip(ready.built.tasks["task_id"], ready.built.tasks["preferred"], strict=True))
    assert preferred["V:P0/enterprise"] == ("E1",)
    assert preferred["V:P0/government"] == ()
    assert not any(crews for name, crews in preferred.items() if name[0] != "V")


def test_the_price_is_of_shifts_that_may_serve_it(tmp_path):
    project = shops(tmp_path / "tiny", "刘芳", "赵六", skills="")
    built: Built = prepare(project, first=DAY, days=2).built
    tasks = {task.task_id: task for task in built.problem.tasks}
    own = [k for k, shift in enumerate(built.problem.shifts) if shift.crew_id == "E1"]
    assert tasks["V:P0"].preferred == tuple(own)
    assert tasks["V:P0"].other_price == round(DefenceSettings().other_person_ecm * 1000)
    assert tasks["V:P1"].preferred == ()
    assert tasks["V:P1"].other_price == 0


def test_where_none_of_theirs_may_come_nothing_is_paid():
    problem = make_problem(1, tasks=4, crews=3, days=1)
    bound = [k for k, shift in enumerate(problem.shifts) if shift.crew_id != "crew0"]
    names = pd.DataFrame({"preferred": [("crew0",), (), (), ()]})
    shut = replace(problem, tasks=(replace(problem.tasks[0], shifts=tuple(bound)), *problem.tasks[1:]))
    assert preferring(shut, names, DefenceSettings()) == shut
    assert instead_of(shut.tasks[0], ("crew0",), "crew1") == {"instead_of": {"crews": ["crew0"], "why": "cannot"}}
    assert instead_of(Task("t", ()), (), "crew1") == instead_of(Task("t", ()), ("crew1",), "crew1") == {}


def test_the_summary_the_table_and_the_pages_say_who_comes_for_whom(tmp_path):
    project = shops(tmp_path / "tiny", "周强", price=1)
    planned = plan_all(project, start=DAY, days=1, iterations=100)
    write_outputs(planned, tmp_path / "plan")
    crew = served(planned.plan)["V:P0"][0]
    lines = defence_lines(planned.plan, "en")
    assert "Visits whose person is named: 0 of 1 by the crew of that person" in lines
    assert any(f"{crew}班 ({crew}) comes instead of G1" in line for line in lines)
    assert "代替G1" in summary(planned.plan, "zh", project.settings)
    assert "other_person_ecm" in summary(planned.plan, "en", project.settings)
    why = schedule_frame(planned.plan, "zh").set_index(heading("task_id", "zh"))[heading("why", "zh")]
    assert "代替" in why["V:P0"]
    assert "代替" in (tmp_path / "plan" / "index.html").read_text("utf-8")
    write_report(planned.plan, project, tmp_path / "plan")
    for folder in ("crews", "sheets"):
        page = (tmp_path / "plan" / folder / f"{DAY}-{crew}.html").read_text("utf-8")
        assert "平时由G1负责，本次由你班前往" in page, folder


def test_two_plans_are_compared_in_visits_by_others(cared):
    project, planned, folder = cared
    again, _ = replan_all(project, folder, at="2024-08-16T08:00", absent=["E1"], iterations=50)
    pair = compare(planned.plan, again.plan)["figures"]["visits_by_others"]
    assert (pair["first"], pair["second"]) == (0, 1)
