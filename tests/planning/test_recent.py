"""Hours of the weeks before: from published plans, less what was not done, and what they change in the load now."""

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patrol.api import open_project, plan_all, replan_all, write_outputs, write_replan
from patrol.api.planning import recent_of
from patrol.config import DefenceSettings
from patrol.errors import PlanError
from patrol.plan import Plan, read_plan, write_plan
from patrol.planning.audit import audit
from patrol.planning.fairness import balances, free_s
from patrol.planning.frozen import Frozen
from patrol.planning.recent import Recent, read_recent, recent_hours, with_past, worked_of
from patrol.planning.rolling import PLANS, Earlier
from patrol.planning.why_not import explain_plan
from patrol.reports.defence import defence_lines
from patrol.studies.compare import compare
from routing_cases import make_problem
from tiny import write_tiny

MONDAY = date(2024, 8, 19)
FAIR = DefenceSettings(fair_ecm_hour=600.0)


def stop(task, start, leave, travel_s):
    return {"kind": "visit" if task else "start", "task_id": task, "travel_s": travel_s,
            "start_service": f"2024-08-12T{start}:00+08:00", "leave": f"2024-08-12T{leave}:00+08:00"}  # fmt: skip


def shift(crew, day, *stops):
    service = sum((int(s["leave"][11:13]) - int(s["start_service"][11:13])) * 3600 for s in stops if s["task_id"])
    travel = sum(s["travel_s"] for s in stops) + 600  # and home
    return {"shift_id": f"{day}/{crew}", "crew_id": crew, "date": str(day), "route": list(stops), "travel_s": travel,
            "service_s": service}  # fmt: skip


def earlier(first, days, shifts=(), offered=None, **more):
    offered = offered or {"A": [3600] * days, "B": [7200] * days}
    document = {"from": str(first), "days": days, "shifts": list(shifts), "figures": {"load": {"offered_s": offered}}}
    return Earlier(Path(str(first)), first, Plan(document | more))


def day(number):
    return MONDAY + timedelta(days=number)


def test_of_days_that_several_plans_have_the_later_counts_and_what_is_after_or_long_ago_does_not():
    plans = [
        earlier(day(-40), 14, [shift("A", day(-28), stop("t", "08", "10", 60)), shift("A", day(-29))]),
        earlier(day(-7), 7, [shift("A", day(-7), stop("t", "08", "09", 0)),
                             shift("B", day(-3), stop("t", "08", "12", 0))]),
        earlier(day(-3), 5, [shift("B", day(-3), stop("t", "08", "11", 100)), shift("A", day(0))]),
        earlier(day(0), 7, [shift("A", day(0), stop("t", "08", "12", 0))]),
    ]  # fmt: skip
    found = recent_hours(plans, first=MONDAY, weeks=4)
    assert found.worked == {"A": 7200 + 660 + 3600 + 600, "B": 3 * 3600 + 700}
    assert found.offered == {"A": 3600 * 9, "B": 7200 * 9}
    assert (found.first, found.last, found.days) == ("2024-07-22", "2024-08-18", 9)
    assert recent_hours(plans, first=MONDAY, weeks=1).worked["A"] == 3600 + 600
    assert recent_hours(plans, first=MONDAY, weeks=0) == recent_hours([], first=MONDAY, weeks=4) == Recent()


def test_what_ifs_and_plans_that_do_not_say_what_was_offered_are_passed_over():
    what_if = earlier(day(-7), 7, scenario={"file": "a.toml"})
    old = earlier(day(-14), 7)
    old.plan.figures["load"].pop("offered_s")
    assert recent_hours([what_if, old], first=MONDAY, weeks=4) == Recent()


def test_what_was_not_done_is_not_worked():
    one = shift("A", day(-7), stop("", "08", "08", 0), stop("t", "08", "10", 300), stop("u", "10", "11", 200))
    name = one["shift_id"]
    assert worked_of(one, ()) == 3 * 3600 + 1100
    assert worked_of(one, {(name, "u"), ("another", "t")}) == 2 * 3600 + 900
    assert worked_of(one, {(name, "u"), (name, "t")}) == 0
    plans = [earlier(day(-7), 7, [one])]
    assert recent_hours(plans, first=MONDAY, weeks=1, missed={day(-7): {(name, "t")}}).worked == {"A": 3600 + 800}


HOURS = st.dictionaries(st.sampled_from("ABCDE"), st.tuples(st.integers(0, 10**5), st.integers(0, 10**5)), min_size=1)


def of(hours):
    return Recent("a", "b", 7, {k: one[0] for k, one in hours.items()}, {k: one[1] for k, one in hours.items()})


@given(HOURS, st.sets(st.sampled_from("ABCDEF")))
def test_what_some_are_ahead_others_are_behind_and_nothing_is_lost(hours, crews):
    recent = of(hours)
    even, ahead = recent.even_s(crews), recent.ahead_s(crews)
    known = {crew for crew in crews if recent.offered.get(crew)}
    assert {*even} == {*ahead} == known
    assert sum(even.values()) == pytest.approx(sum(recent.worked[crew] for crew in known))
    assert sum(ahead.values()) == pytest.approx(0, abs=1e-6 * (1 + sum(recent.worked.values())))
    assert min(even.values(), default=0) >= 0
    assert read_recent(recent.row()) == recent


@given(st.dictionaries(st.sampled_from("ABCDE"), st.integers(0, 10**5)), st.floats(0, 1), HOURS)
def test_free_hours_are_handed_on_none_is_lost_and_all_are_within_what_is_offered(offered, part, hours):
    ahead = of(hours).ahead_s(offered)
    free = free_s(offered, part, ahead)
    even = free_s(offered, part, {})
    assert even == {crew: part * seconds for crew, seconds in offered.items()}
    assert sum(free.values()) == pytest.approx(sum(even.values()), abs=1e-3)
    for crew, seconds in offered.items():
        assert -1e-6 <= free[crew] <= seconds + 1e-6
        assert (free[crew] - even[crew]) * ahead.get(crew, 0.0) <= 1e-6
        assert abs(free[crew] - even[crew]) <= abs(ahead.get(crew, 0.0)) + 1e-6


def test_who_is_ahead_hands_on_as_much_as_others_can_take():
    offered = {"A": 1000, "B": 1000, "C": 500}
    assert free_s(offered, 0.6, {"A": 300.0, "B": -300.0}) == {"A": 300, "B": 900, "C": 300}
    assert free_s(offered, 0.6, {"A": 900.0, "B": -900.0}) == pytest.approx({"A": 200, "B": 1000, "C": 300})
    assert free_s(offered, 0.6, {"A": 450.0, "B": -300.0, "C": -150.0}) == {"A": 150, "B": 900, "C": 450}
    assert free_s(offered, 1.0, {"A": 300.0, "B": -300.0}) == {"A": 1000, "B": 1000, "C": 500}


@given(HOURS)
def test_balances_without_history_are_as_ever_and_with_it_within_bounds(hours):
    problem = PROBLEM
    plain = balances(problem, FAIR)
    assert balances(problem, FAIR, Recent()) == plain
    named = of({f"crew{'ABCDE'.index(key)}": value for key, value in hours.items()})
    ahead = named.ahead_s({shift.crew_id for shift in problem.shifts})
    for old, new in zip(plain, balances(problem, FAIR, named), strict=True):
        crew = problem.shifts[old.shifts[0]].crew_id
        assert (old.shifts, old.price_s) == (new.shifts, new.price_s)
        assert new.free_s >= 0
        assert (new.free_s - old.free_s) * ahead.get(crew, 0) <= 0


PROBLEM = make_problem(3, tasks=10, crews=3, days=2, hours=6.0)


@pytest.mark.parametrize("row", [
    {}, [], {"from": "a", "to": "b", "days": -1, "crews": {}}, {"from": "a", "to": "b", "days": 1, "crews": {"A": 3}},
    {"from": "a", "to": "b", "days": 1, "crews": {"A": {"offered_s": "1", "worked_s": 2}}},
])  # fmt: skip
def test_a_row_that_was_edited_wrongly_is_refused(row):
    with pytest.raises(PlanError, match=r"settings\.recent"):
        read_recent(row)


def test_a_replan_knows_what_was_worked_so_far():
    before = earlier(day(0), 3, [shift("A", day(0)), shift("B", day(1))], {"A": [10, 20, 30], "B": [1, 2, 3]}).plan
    done = {name: Frozen((), (), 0, 0.0, 0.0, work_s=seconds) for name, seconds in
            ((f"{day(0)}/A", 7), (f"{day(1)}/B", 5))}  # fmt: skip
    found = with_past(Recent("x", "y", 7, {"A": 100}, {"A": 50}), before, done, day(1))
    assert found.worked == {"A": 57, "B": 5}
    assert found.offered == {"A": 110, "B": 1 + 5}
    assert (found.first, found.last, found.days) == ("x", "2024-08-20", 9)


# Through the project


def fair(folder, price):
    write_tiny(folder)
    with (folder / "project.toml").open("a", encoding="utf-8") as file:
        file.write(f"[settings.defence]\nfair_ecm_hour = {price}\n")
    return open_project(folder)


@pytest.fixture(scope="module")
def weeks(tmp_path_factory):
    """A project in which E1 worked all its hours last week and the others nothing, and its plan of this week."""
    folder = tmp_path_factory.mktemp("fair") / "tiny"
    project = fair(folder, 100_000)
    cold = plan_all(project, start=MONDAY, days=1, iterations=150)
    document = cold.plan.document
    (one, *_) = [entry for entry in cold.plan.shifts if entry["crew_id"] == "E1"]
    offered = {crew: [seconds[0]] for crew, seconds in cold.plan.figures["load"]["offered_s"].items()}
    last = {**document, "from": "2024-08-12", "figures": {**document["figures"], "load": {
        **document["figures"]["load"], "offered_s": offered}},
        "shifts": [{**one, "date": "2024-08-12", "travel_s": 0, "service_s": offered["E1"][0]}]}  # fmt: skip
    write_plan(Plan(last), folder / PLANS / "2024-08-12" / "plan.json")
    warm = plan_all(project, start=MONDAY, days=1, iterations=150)
    write_outputs(warm, folder / "plan")
    return project, cold.plan, warm.plan, folder / "plan"


def test_who_worked_beyond_his_share_last_week_gets_less_this_week(weeks):
    _, cold, warm, _ = weeks
    before, now = (plan.figures["load"]["crews"] for plan in (cold, warm))
    assert now["E1"]["free_h"] < before["E1"]["free_h"]
    assert now["E1"]["worked_h"] < before["E1"]["worked_h"]
    assert all(now[crew]["free_h"] >= before[crew]["free_h"] for crew in now if crew != "E1")
    assert all(0 <= row["free_h"] <= row["offered_h"] for row in now.values())
    assert now["E1"]["recent_h"] == now["E1"]["offered_h"] > now["E1"]["recent_even_h"]
    evens = sum(row["recent_even_h"] for row in now.values())
    assert evens == pytest.approx(sum(row["recent_h"] for row in now.values()), abs=0.03)
    assert warm.document["settings"]["recent"]["days"] == 1
    assert "recent" not in cold.document["settings"]
    assert not any("recent_h" in row for row in before.values())


def test_the_plan_holds_can_be_explained_and_says_its_load(weeks):
    project, _, warm, folder = weeks
    assert audit(read_plan(folder), folder, project) == ()
    assert explain_plan(read_plan(folder), folder) is not None
    for lang, words in (("en", "in the weeks before 4.0 h"), ("zh", "此前各周4.0小时")):
        lines = defence_lines(warm, lang)
        assert sum(words in line for line in lines) == 1
        cost = f"{warm.figures['load']['fairness_cost_ecm']:,.1f} ECM"
        assert cost in lines[-2]
        assert f"{warm.figures['load']['given_up']['ecm']:,.1f} ECM" in lines[-1]
    page = (folder / "index.html").read_text("utf-8")
    assert 'id="load"' in page
    assert "均衡工时" in page
    edited = read_plan(folder)
    edited.document["settings"]["recent"]["crews"]["E1"]["worked_s"] = 0
    assert [one.code for one in audit(edited, folder, project)] == ["project.differs"]


def test_a_replan_goes_on_from_it(weeks, tmp_path):
    project, _, warm, folder = weeks
    busy = next(entry for entry in warm.shifts if len(entry["route"]) > 3)
    at = busy["route"][2]["arrive"][:16]
    again, _ = replan_all(project, folder, at=at, iterations=50)
    plan = again.plan
    assert plan.document["settings"]["recent"] == warm.document["settings"]["recent"]
    crews = plan.figures["load"]["crews"]
    assert {crew: row.get("recent_h") for crew, row in crews.items()} == {
        crew: row.get("recent_h") for crew, row in warm.figures["load"]["crews"].items()
    }
    by_day = plan.figures["load"]["offered_s"]
    assert by_day.keys() == warm.figures["load"]["offered_s"].keys()
    assert {crew: len(seconds) for crew, seconds in by_day.items()} == dict.fromkeys(by_day, 1)
    for crew, seconds in by_day.items():
        assert sum(seconds) / 3600 == pytest.approx(crews[crew]["offered_h"], abs=0.011), crew
    rest = again.built.recent
    assert rest.days == 2
    assert sum(rest.worked.values()) > sum(read_recent(warm.document["settings"]["recent"]).worked.values())
    write_replan(again, warm, tmp_path / "again")
    assert audit(read_plan(tmp_path / "again"), tmp_path / "again", project) == ()


def test_the_weeks_to_look_back_are_a_setting(weeks):
    project = weeks[0]
    assert recent_of(project, MONDAY).worked["E1"] > 0
    none = replace(project.settings, defence=replace(project.settings.defence, fair_weeks=0))
    assert recent_of(replace(project, settings=none), MONDAY) == Recent()
    assert recent_of(project, MONDAY + timedelta(days=60)) == Recent()


def test_two_plans_are_compared_in_what_an_even_load_cost(weeks):
    _, cold, warm, _ = weeks
    pair = compare(cold, warm)["figures"]["fairness_cost_ecm"]
    assert (pair["first"], pair["second"]) == tuple(p.figures["load"]["fairness_cost_ecm"] for p in (cold, warm))
