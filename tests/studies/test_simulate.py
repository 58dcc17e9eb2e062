"""Policies on the tiny project: equal hours, no look into the future, the same result again."""

import dataclasses

import numpy as np
import pandas as pd
import pytest

from patrol.errors import PatrolError
from patrol.project import read_project
from patrol.studies.chart import chart
from patrol.studies.county import NO_RECORDS, county_of, normal_week
from patrol.studies.deciding import duties, fresh_memory, learned, remember, worth
from patrol.studies.fate import Visits
from patrol.studies.playing import BURN_IN_WEEKS, Setup, begun, check_setup, play
from patrol.studies.simulate import part_of, simulate
from patrol.studies.standing import against, summary
from patrol.studies.weeks import Wanted, checked_week, make_planner, milli_prizes, plan_week, shifts_off
from patrol.studies.worlds import KINDS, belief_of, draw_world
from tiny import write_tiny

SETUP = Setup(kinds=("own", "strong", "liars"), years=1, worlds=2)


@pytest.fixture(scope="module")
def county(tmp_path_factory):
    made = county_of(read_project(write_tiny(tmp_path_factory.mktemp("simulated") / "tiny")))
    return dataclasses.replace(made, rate=made.rate * 30)  # a few kilometres: hazards have to be frequent


@pytest.fixture(scope="module")
def planner(county):
    return make_planner(county)


@pytest.fixture(scope="module")
def result(county):
    return simulate(county, SETUP)


def test_every_section_and_its_middle_is_a_task_without_price(county):
    count = len(county.length_m)
    assert len(county.problem.tasks) == 2 * count
    assert all(shift.price_s == shift.price_m == shift.price_open == 0 for shift in county.problem.shifts)
    assert all(task.options for task in county.problem.tasks)
    assert {option.prizes[0] for task in county.problem.tasks for option in task.options} <= {0, 1, 2}
    assert len(county.beside)
    assert {tuple(pair) for pair in county.beside.tolist()} == {tuple(pair) for pair in county.beside[:, ::-1].tolist()}


def test_a_row_a_kind_policy_and_world(result):
    assert len(result.runs) == len(SETUP.kinds) * len(SETUP.policies) * SETUP.worlds
    assert not result.runs.isna().any(axis=None)
    assert (result.runs["least"] <= result.runs["loss"]).all()
    assert result.synthetic is False or result.synthetic is True


def test_the_same_again(county, result):
    pd.testing.assert_frame_equal(simulate(county, SETUP).runs, result.runs, check_exact=True)


def test_worlds_are_paired(result):
    table = against(result)
    assert (table.loc[table["policy"] == "calendar", ["change", "change_avoidable"]] == 0).all(axis=None)
    least = table.groupby(["kind", "world"])["least"].nunique()
    assert (least == 1).all()
    means = summary(result).set_index(["kind", "policy"])
    here = table[(table["kind"] == "strong") & (table["policy"] == "W")]["change"]
    assert means.loc[("strong", "W"), "change"] == pytest.approx(here.mean())
    assert means.loc[("strong", "W"), "change_se"] == pytest.approx(here.std() / np.sqrt(len(here)))


def test_without_the_baseline_there_is_nothing_to_compare(county):
    alone = simulate(county, Setup(policies=("W",), kinds=("own",), years=1, worlds=1))
    with pytest.raises(PatrolError, match="calendar"):
        summary(alone)


def test_nobody_sees_more_of_a_world_than_visits_have_shown(county, planner):
    """What comes up in the last year changes nothing that was done before it."""
    setup = Setup(kinds=("liars",), years=2, worlds=1)
    kind, belief = KINDS["liars"], belief_of(county, KINDS["liars"], 1)
    world = draw_world(county, belief, kind, days=setup.weeks * 7, seed=1, world=0)
    half = (BURN_IN_WEEKS + 52) * 7
    later = world.hazards.birth > half
    changed = dataclasses.replace(
        world,
        hazards=world.hazards._replace(luck=np.where(later, 1e-9, world.hazards.luck)),
        reports=world.reports._replace(source=np.where(world.reports.day > half, 0, world.reports.source)),
    )
    for policy in ("backlog", "W+learning"):
        one, two = (
            play(county, planner, belief, policy, setup, world=w, fates=begun(county, w), reports=True).visits
            for w in (world, changed)
        )
        before = [np.column_stack(v)[v.day < half].tolist() for v in (one, two)]
        assert before[0] == before[1]


def test_plans_are_shared_only_where_worlds_look_alike():
    assert part_of("error_one", "W", 3) == part_of("strong", "W", 3) == part_of("bursts", "W", 3)
    assert part_of("strong", "W", 3) != part_of("strong", "W", 0), "other sections are bad"
    assert part_of("own", "W", 3) == part_of("own", "W", 0)
    assert part_of("mild", "W", 0) != part_of("strong", "W", 0)
    assert part_of("mild", "calendar", 2) == part_of("strong", "calendar", 0), "it looks at dates only"
    assert part_of("error_one", "W+learning", 3) == ("error_one", "W+learning", 3)
    assert part_of("liars", "calendar", 1) == ("liars", "calendar", 1)


def test_legal_cycles_are_kept_by_all_and_hours_are_equal(result):
    runs = result.runs
    assert (runs["oldest_days"] <= 97).all()  # 90 days, and the week in which they run out
    hours = runs[runs["kind"] != "liars"].groupby("policy")["hours"].mean()
    assert hours.max() / hours.min() < 1.15


def test_duties_count_weeks_overdue(county):
    memory = fresh_memory(county, belief_of(county, KINDS["own"], 1))
    memory.last[:] = -county.cycle_days * np.linspace(0.1, 2.5, len(county.cycle_days))
    weight = duties(county, memory, 0)
    left = county.cycle_days + memory.last - 6
    assert ((weight == 0) == (left > 0)).all()
    assert weight[weight > 0].tolist() == (1 + np.minimum(-left[left <= 0] // 7, 9)).astype(int).tolist()
    assert weight.min() == 0
    assert weight.max() >= 2


def test_a_floor_lets_cycles_pass_but_no_more(county):
    memory = fresh_memory(county, belief_of(county, KINDS["own"], 1))
    memory.last[:] = 6 - 2 * county.cycle_days
    assert (duties(county, memory, 0, 2.0) == 1).all()
    memory.last[:] += 1
    assert (duties(county, memory, 0, 2.0) == 0).all()
    assert (duties(county, memory, 0) > 0).all()


def test_a_floor_is_kept_in_play(county):
    """Cycles of a week and little time: without the floor what is worth little must be patrolled as often."""
    short = dataclasses.replace(county, cycle_days=np.full(len(county.cycle_days), 8.0))
    setup = Setup(policies=("W",), kinds=("strong",), years=1, worlds=1, hours=0.05)
    one, three = (simulate(short, dataclasses.replace(setup, floor=floor)).runs.iloc[0] for floor in (1.0, 3.0))
    assert (one["late"], one["oldest_days"], one["loss"]) != (three["late"], three["oldest_days"], three["loss"])


@pytest.mark.parametrize("policy", ["calendar", "backlog", "W", "W+learning"])
def test_waiting_longer_is_never_worth_less(county, policy):
    belief = belief_of(county, KINDS["own"], 1)
    memory = fresh_memory(county, belief)
    memory.n0[:] = 0.0
    values = np.stack([worth(policy, county, belief, memory, day) for day in (0.0, 10.0, 40.0, 200.0)])
    assert (np.diff(values, axis=0) >= -1e-9).all()
    assert values[-1].max() > 0


def test_finds_teach_as_the_gamma_poisson_formula_says(county):
    belief = belief_of(county, KINDS["own"], 1)
    memory = fresh_memory(county, belief)
    remember(county, belief, memory, Visits(*(np.array([0]) for _ in range(3))), np.array([4]))
    factor = learned(county, memory)
    a = county.settings.risk.hot_spot_finds
    assert factor[0] == pytest.approx((a + 4) / (a + memory.due_finds[0]))
    assert (factor[1:] == 1).all()
    assert memory.last[0] == 0


def test_a_week_passes_the_verifier_and_other_work_takes_shifts_in_turn(county, planner):
    rng = np.random.default_rng(3)
    count, shifts = len(county.length_m), len(county.problem.shifts)
    off = shifts_off(shifts, 0.5, 4)
    wanted = Wanted(rng.lognormal(5, 1, (count, 3)), rng.integers(0, 2, count), rng.random(count), off)
    draft = plan_week(planner, wanted)
    assert {route.shift for route in checked_week(planner, wanted, draft)}.isdisjoint(np.flatnonzero(off).tolist())
    turns = np.array([shifts_off(20, 0.5, week) for week in range(200)])
    assert turns.mean(axis=0) == pytest.approx(np.full(20, 0.5), abs=0.05)
    assert not shifts_off(20, 1.0, 7).any()


def test_prizes_stay_within_whole_numbers():
    wanted = Wanted(np.full((3, 3), 1e30), np.zeros(3, np.int64), np.array([0.0, 1.0, 0.0]), np.zeros(2, bool))
    assert milli_prizes(wanted).max() == 10**12


def test_a_normal_week_begins_on_a_monday():
    patrols = pd.DataFrame({"date": pd.to_datetime(["2024-08-14", "2024-08-12"])})
    assert normal_week(patrols).isoformat() == "2024-08-19"
    assert normal_week(patrols.iloc[:0]) == NO_RECORDS
    assert NO_RECORDS.weekday() == 0


def test_every_fault_of_a_setup_is_named_at_once():
    with pytest.raises(PatrolError) as caught:
        check_setup(Setup(policies=("luck",), kinds=(), years=0, worlds=0, seed=-1, hours=0.0, floor=0.5))
    assert {finding.source for finding in caught.value.findings} == {
        "--policies", "--kinds", "--years", "--worlds", "--seed", "--hours", "--floor",
    }  # fmt: skip


def test_the_drawing_escapes_words_and_holds_an_interval_a_policy(result):
    import xml.etree.ElementTree as ET

    drawing = chart(summary(result), {"own": "<b>&", "W": "W"}, title='"quoted" <title>', axis="x")
    root = ET.fromstring(drawing)
    assert "<b>&" in [node.text for node in root.iter("{http://www.w3.org/2000/svg}text")]
    circles = root.findall(".//{http://www.w3.org/2000/svg}circle")
    others = len(SETUP.policies) - 1
    assert len(circles) == len(SETUP.kinds) * others + others  # and the legend


@pytest.mark.soak
def test_processes_change_nothing(county, result):
    pd.testing.assert_frame_equal(simulate(county, SETUP, jobs=2).runs, result.runs, check_exact=True)
