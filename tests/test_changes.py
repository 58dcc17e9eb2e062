"""What one plan does otherwise than another."""

from dataclasses import FrozenInstanceError

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patrol.changes import changes, served
from patrol.plan import Plan


def plan_of(rows, dropped=()):
    """Return a plan whose tasks are served as ``(task_id, date, crew_id, minute)``."""
    shifts = {}
    for task_id, date, crew, minute in rows:
        route = shifts.setdefault((date, crew), [{"task_id": "", "start_service": "", "leave": ""}])
        clock = f"{date}T{minute // 60:02d}:{minute % 60:02d}:00+08:00"
        route.append({"task_id": task_id, "start_service": clock, "leave": clock})
    ids = {row[0] for row in rows} | {task for task, _ in dropped}
    return Plan({
        "shifts": [
            {"shift_id": f"{date}/{crew}", "crew_id": crew, "date": date, "route": route}
            for (date, crew), route in shifts.items()
        ],
        "dropped": [{"task_id": task, "reason": reason} for task, reason in dropped],
        "tasks": {task: {"label": f"task {task}"} for task in ids},
    })  # fmt: skip


def test_added_gone_and_moved_are_told_apart():
    before = plan_of(
        [("a", "2024-08-16", "C1", 540), ("b", "2024-08-16", "C1", 600), ("c", "2024-08-16", "C2", 540)],
        [("d", "outranked")],
    )
    now = plan_of(
        [("a", "2024-08-16", "C1", 545), ("b", "2024-08-17", "C2", 700), ("d", "2024-08-16", "C1", 600)],
        [("c", "no_party")],
    )
    found = changes(now, before)
    assert [(one.task_id, one.how, one.parts, one.reason) for one in found] == [
        ("d", "added", (), "outranked"),
        ("c", "gone", (), "no_party"),
        ("b", "moved", ("crew", "day", "time"), ""),
    ]
    assert (len(found), found.same) == (3, 1)
    moved = found.moved[0]
    assert (moved.before.crew_id, moved.now.crew_id, moved.now.position) == ("C1", "C2", 1)
    assert found.gone[0].task == {"label": "task c"}
    assert found.gone[0].now is None


@pytest.mark.parametrize(("minutes", "moved"), [(15, False), (16, True), (-16, True)])
def test_a_few_minutes_are_no_news(minutes, moved):
    one, other = (plan_of([("a", "2024-08-16", "C1", 600 + shift)]) for shift in (minutes, 0))
    assert [change.parts for change in changes(one, other)] == ([("time",)] if moved else [])
    assert [change.parts for change in changes(one, other, slack_min=0)] == [("time",)]


def test_the_next_day_at_the_same_time_is_another_day_only():
    one, other = (plan_of([("a", day, "C1", 600)]) for day in ("2024-08-17", "2024-08-16"))
    assert changes(one, other).moved[0].parts == ("day",)


def test_a_night_shift_goes_on_past_midnight():
    """Five to midnight and five past it lie ten minutes apart, though the clock begins anew."""

    def night(start):
        plan = plan_of([("a", "2024-08-16", "C1", 600)])
        plan.document["shifts"][0]["route"][1]["start_service"] = start
        return plan

    late, early = night("2024-08-17T00:05:00+08:00"), night("2024-08-16T23:55:00+08:00")
    assert len(changes(late, early)) == 0
    assert [one.parts for one in changes(late, early, slack_min=9)] == [("time",)]


def test_a_task_only_the_old_plan_knew_keeps_its_description():
    found = changes(plan_of([]), plan_of([("a", "2024-08-16", "C1", 600)]))
    assert [(one.task, one.reason) for one in found.gone] == [({"label": "task a"}, "")]


def test_changes_are_frozen():
    found = changes(plan_of([]), plan_of([]))
    with pytest.raises(FrozenInstanceError):
        found.same = 3


rows = st.lists(
    st.tuples(
        st.sampled_from("abcdefgh"),
        st.sampled_from(["2024-08-16", "2024-08-17"]),
        st.sampled_from(["C1", "C2", "C3"]),
        st.integers(0, 23 * 60),
    ),
    unique_by=lambda row: row[0],
)


@given(rows, rows)
def test_every_task_is_counted_once_and_the_other_way_round_mirrors(one, other):
    new, old = plan_of(one), plan_of(other)
    there, back = changes(new, old), changes(old, new)
    assert len(there) + there.same == len(served(new).keys() | served(old).keys())
    assert [c.task_id for c in there.added] == [c.task_id for c in back.gone]
    assert [(c.task_id, c.parts, c.now) for c in there.moved] == [(c.task_id, c.parts, c.before) for c in back.moved]
    assert len(changes(new, new)) == 0
