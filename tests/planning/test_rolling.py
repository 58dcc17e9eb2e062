"""Published days stay: which stops are pinned, what outranks them, and how two plans differ."""

from datetime import date

import pytest

from patrol.layers.keep import Keep
from patrol.plan import Plan
from patrol.planning.rolling import Earlier, Published, kept_count, published_stops, same_tasks, since, still_to_keep

CREW, DAY = "C1", date(2024, 8, 20)


def plan(first, days, stops, dropped=(), kept=()):
    """Return a plan of ``stops`` (task, crew, day)."""
    shifts = [
        {
            "crew_id": crew,
            "date": day,
            "route": [
                {"kind": "start", "task_id": ""},
                {"kind": "visit", "task_id": task, "direction": 1, "lon": 106.5, "lat": 38.9},
            ],
        }
        for task, crew, day in stops
    ]
    names = [task for task, _, _ in stops] + list(dropped)
    tasks = {name: {"label": name, "label_zh": f"{name}号"} for name in names}
    return Plan(
        {"from": first, "days": days, "shifts": shifts, "tasks": tasks, "settings": {"language": "zh", "kept": kept},
         "dropped": [{"task_id": name} for name in dropped]}
    )  # fmt: skip


def earlier(first, days, stops, tmp_path):
    return Earlier(tmp_path / first, date.fromisoformat(first), plan(first, days, stops))


def test_stops_of_days_that_both_have_are_pinned_and_of_two_plans_the_later_counts(tmp_path):
    old = earlier("2024-08-12", 14, [("A", "C1", "2024-08-20"), ("B", "C1", "2024-08-18")], tmp_path)
    newer = earlier("2024-08-19", 2, [("C", "C2", "2024-08-20"), ("D", "C2", "2024-08-19")], tmp_path)
    replaced = earlier("2024-08-20", 7, [("E", "C1", "2024-08-20")], tmp_path)
    keeps = [one.keep for one in published_stops([replaced, newer, old], first=DAY, days=3)]
    assert [(one.task_id, one.crew_id, one.date, one.action) for one in keeps] == [("C", "C2", DAY, "pin")]
    assert (keeps[0].label, keeps[0].file) == ("C号", "2024-08-19/plan.json")
    alone = published_stops([old], first=DAY, days=3)
    assert [one.keep.task_id for one in alone] == ["A"]


def test_marks_made_by_hand_outrank_and_what_is_done_falls_away():
    pins = [Published(Keep(task, "pin", CREW, DAY, 1, "published"), "") for task in "ABCDE"]
    hand = [
        Keep("A", "move", "C2", DAY, 3), Keep("B", "forbid", CREW, DAY, 4), Keep("C", "forbid", "C2", DAY, 5),
    ]  # fmt: skip
    assert [one.keep.task_id for one in still_to_keep(pins, hand, dict.fromkeys("ABCD", ""))] == ["C", "D"]


def test_how_a_plan_differs_from_the_one_before():
    before = plan("2024-08-12", 7, [("A", "C1", "2024-08-12"), ("B", "C1", "2024-08-12")], dropped=("C", "D"))
    now = plan("2024-08-19", 7, [("B", "C1", "2024-08-19"), ("N", "C1", "2024-08-19")], dropped=("C",))
    found = since(before, now)
    assert (found.new, found.again, found.waiting, found.gone) == (("N",), ("B",), ("C",), ("A", "D"))


def test_published_stops_that_stay_are_counted_apart_from_marks_by_hand():
    kept = [{"sheet": "published", "result": "honoured"}, {"sheet": "published", "result": "crowded"},
            {"sheet": "schedule", "result": "honoured"}]  # fmt: skip
    assert kept_count(plan("2024-08-19", 1, [], kept=kept).document) == (1, 2)


@pytest.mark.parametrize(
    ("now", "same"),
    [
        # nothing was done: both rounds are what they were
        ({"S:x": "2024-08-05", "S:x#2": "2024-08-20"}, {"S:x": "S:x", "S:x#2": "S:x#2"}),
        # the first was done two days early: the second is the first of the new plan
        ({"S:x": "2024-08-18", "S:x#2": "2024-09-02"}, {"S:x": "S:x#2"}),
        # it was done, and more: everything is another round
        ({"S:x": "2024-09-05"}, {}),
    ],
)
def test_what_comes_round_is_known_by_its_due_day(now, same):
    assert same_tasks({"S:x": "2024-08-05", "S:x#2": "2024-08-20"}, now) == same
    pins = [
        Published(Keep("S:x", "pin", CREW, date(2024, 8, 3), 1, "published"), "2024-08-05"),
        Published(Keep("S:x#2", "pin", CREW, DAY, 1, "published"), "2024-08-20"),
    ]
    found = {one.keep.task_id: one.keep.date for one in still_to_keep(pins, [], now)}
    old = {"S:x": date(2024, 8, 3), "S:x#2": DAY}
    assert found == {new: old[was] for new, was in same.items()}
