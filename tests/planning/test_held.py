"""What is confirmed stays: the crew and the time, but no rule of safety, and no crew that is not there."""

from datetime import date

import pytest

from joint_office import confirm, left, off, visits, write_office
from patrol.api import plan_all
from patrol.errors import PlanError
from patrol.planning.asked import ask_of
from patrol.planning.horizon import prepare
from patrol.planning.replan import rest_of
from patrol.project import read_project

START = "2024-08-16"
MONDAY = "2024-08-19"
BOTH = ((MONDAY, "10:15", "enterprise", "E1"), (MONDAY, "10:15", "government", "G1"))


def ready(folder, *, first=START, days=5, moved=()):
    return prepare(read_project(folder), first=date.fromisoformat(first), days=days, moved=moved)


def parts(made):
    return {task.task_id: task for task in made.built.problem.tasks if task.task_id.startswith("R:J1/")}


def crews_of(made, task):
    shifts = made.built.problem.shifts
    return None if task.shifts is None else [(shifts[k].crew_id, shifts[k].day) for k in task.shifts]


def told(made):
    return [note.what for note in made.notes if note.code == "joint.held"]


@pytest.fixture(scope="module")
def office(tmp_path_factory):
    return write_office(tmp_path_factory.mktemp("held") / "office")


@pytest.fixture(scope="module")
def agreed(tmp_path_factory):
    folder = write_office(tmp_path_factory.mktemp("agreed") / "office")
    confirm(folder, *BOTH)
    return folder


def test_who_has_confirmed_is_bound_and_the_other_to_the_time(tmp_path):
    folder = write_office(tmp_path / "o")
    confirm(folder, BOTH[1])
    made = ready(folder)
    mine, theirs = parts(made)["R:J1/government"], parts(made)["R:J1/enterprise"]
    for task in (mine, theirs):
        assert [(one.day, one.opens, one.closes) for one in task.windows] == [(3, 36_000, 37_800)]
    assert crews_of(made, mine) == [("G1", 3)]
    assert mine.pinned
    assert theirs.shifts is None
    assert not theirs.pinned
    assert told(made) == []
    assert "appointments" in made.layers.hashes


def test_with_slack_a_confirmed_time_asks_for_it_but_is_kept_without(tmp_path):
    """Seven minutes before and half a quarter to spare are due; later costs, but is kept up to the tolerance."""
    folder = write_office(tmp_path / "o", settings="\n[settings.defence]\nspread = 0.3\n")
    confirm(folder, *BOTH)
    for task in parts(ready(folder)).values():
        (window,) = task.windows
        assert (window.opens, window.closes) == (36_900 - 900 - 420, 36_900 + 900)
        assert window.due == 36_900 + 450 - 420
        assert window.late_price == 400_000 // (window.closes - window.due)
    found = visits(plan_all(folder, start=START, days=5, iterations=200).plan.document)
    assert len(found) == 2
    for _, stop in found:
        assert stop["joint"]["at"] == f"{MONDAY}T10:15:00+08:00"
        assert stop["start_service"][11:16] <= "10:15"


def test_planned_again_it_is_kept(agreed):
    document = plan_all(agreed, start=START, days=5).plan.document
    found = visits(document)
    assert {(shift["crew_id"], shift["date"]) for shift, _ in found} == {("E1", MONDAY), ("G1", MONDAY)}
    for _, stop in found:
        assert stop["joint"]["at"] == f"{MONDAY}T10:15:00+08:00"
        assert stop["joint"]["state"] == "confirmed"
        assert stop["joint"]["confirmed"] == {"enterprise": "2024-08-15", "government": "2024-08-15"}


def test_on_its_own_day_it_is_held_though_notice_would_be_too_late(agreed):
    made = ready(agreed, first=MONDAY, days=1)
    assert set(parts(made)) == {"R:J1/enterprise", "R:J1/government"}
    assert {one.day for task in parts(made).values() for one in task.windows} == {0}
    assert "joint.notice" not in {note.code for note in made.notes}


def test_after_the_plan_it_waits_and_is_told(agreed):
    made = ready(agreed, first=START, days=3)
    later = ready(write_late(agreed), days=3)
    assert parts(made) == {}, "it is not due yet"
    assert {task.shifts for task in parts(later).values()} == {()}
    assert len(told(later)) == 2
    assert all("after the plan" in what for what in told(later))


def write_late(folder):
    """The errand falls due within the plan, the appointment lies after it."""
    text = (folder / "requests.csv").read_text("utf-8-sig").replace(MONDAY, "2024-08-17")
    other = folder.parent / "late"
    write_office(other)
    (other / "requests.csv").write_text(text, "utf-8-sig")
    confirm(other, *BOTH)
    return other


def test_a_crew_that_does_not_work_leaves_it_unplanned_and_told(tmp_path):
    folder = write_office(tmp_path / "o", roster=off("G1", MONDAY))
    confirm(folder, *BOTH)
    made = ready(folder)
    assert told(made) == [f"the appointment on {MONDAY} at 10:15 is confirmed, but G1 does not work then"]
    document = plan_all(folder, start=START, days=5, engine="greedy").plan.document
    assert visits(document) == []
    assert set(left(document)) >= {"R:J1/enterprise", "R:J1/government"}
    assert any("G1 does not work then" in str(note) for note in document["notes"])


def test_moved_it_is_free_again(agreed):
    for name in ("J1", "R:J1"):
        made = ready(agreed, moved=(name,))
        assert {len(task.windows) for task in parts(made).values()} == {3}, "any day from Saturday to Monday"
        assert {task.shifts for task in parts(made).values()} == {None}


def test_to_move_what_is_not_confirmed_is_refused(agreed, office):
    with pytest.raises(PlanError, match="J2") as caught:
        ready(agreed, moved=("J1", "J2", "J3"))
    assert [one.what.split()[0] for one in caught.value.findings] == ["'J2'", "'J3'"]
    assert "R:J1" in caught.value.findings[0].mend
    with pytest.raises(PlanError, match="nothing is confirmed"):
        ready(office, moved=("J1",))


def test_no_confirmation_lifts_a_rule_of_safety(tmp_path):
    """A villager confirmed, and lives too far away: he is not sent all the same."""
    villager = {"parties": "enterprise+villager"}
    settings = "\n[settings.planning]\nvolunteer_walk_m = 10\n"
    folder = write_office(tmp_path / "o", request=villager, zones=("", "", "", ""), weekdays=("", "", "", ""),
                          settings=settings)  # fmt: skip
    confirm(folder, (MONDAY, "09:00", "villager", "V1"))
    made = ready(folder)
    task = parts(made)["R:J1/villager"]
    assert "V1" not in {crew for crew, _ in crews_of(made, task)}
    assert not task.pinned
    assert any("V1 may not go there" in what for what in told(made))


def test_a_replan_gives_up_what_its_plan_did_until_the_new_time_is_confirmed(tmp_path):
    folder = write_office(tmp_path / "o")
    confirm(folder, *BOTH)
    planned = plan_all(folder, start=START, days=5, engine="greedy", moved=("J1",))
    (one, here), (other, _) = visits(planned.plan.document)
    assert here["joint"]["state"] == "proposed"
    day, time = here["joint"]["at"][:10], here["joint"]["at"][11:16]
    assert (day, time) != BOTH[0][:2], "the case needs a time of its own"

    def rest():
        ask = ask_of(planned.plan, at=f"{START}T08:00")
        return rest_of(read_project(folder), planned.plan, planned.built.problem, ask)

    made = rest()
    assert made.moved == ("J1",)
    assert made.ready.built.held == {}
    confirm(folder, *BOTH, (day, time, one["party"], one["crew_id"]))
    made = rest()
    assert made.moved == (), "the plan's own time is confirmed, and is not given up once more"
    task = parts(made.ready)[f"R:J1/{one['party']}"]
    assert [crew for crew, _ in crews_of(made.ready, task)] == [one["crew_id"]]
    theirs = parts(made.ready)[f"R:J1/{other['party']}"]
    assert [(w.opens, w.closes) for w in theirs.windows] == [(w.opens, w.closes) for w in task.windows]
    (folder / "appointments.csv").write_text("joint_id,date,time,party,crew_id,confirmed\n", "utf-8")
    assert rest().moved == (), "nothing is left to give up"


def test_a_time_soon_after_midnight_opens_no_earlier_than_its_day(tmp_path):
    folder = write_office(tmp_path / "o")
    confirm(folder, (MONDAY, "00:05", "government", "G1"))
    for task in parts(ready(folder)).values():
        assert [(one.day, one.opens, one.closes) for one in task.windows] == [(3, 0, 1200)]
