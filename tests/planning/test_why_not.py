"""Relaxations and figures with the plan's own names, days and units; names that people type."""

import dataclasses

import pytest

from patrol.errors import PlanError
from patrol.plan import Plan
from patrol.planning.why_not import Book
from patrol.routing.relax import Relaxation
from patrol.routing.standing import judged
from patrol.routing.why import why_not
from routing_cases import line_case


@pytest.fixture
def book():
    problem, _ = line_case()
    tasks = [dataclasses.replace(task, task_id=f"S:{task.task_id}#{k}") for k, task in enumerate(problem.tasks)]
    labels = {task.task_id: {"label": f"Line {k // 2}", "label_zh": f"{k}线"} for k, task in enumerate(tasks)}
    document = {"from": "2024-08-30", "tasks": labels, "dropped": []}
    return Book(Plan(document), dataclasses.replace(problem, tasks=tuple(tasks)))


@pytest.mark.parametrize(
    ("one", "said"),
    [
        (Relaxation("skill", shift=1, names=("climb",)),
         {"crew_id": "car", "party": "enterprise", "date": "2024-08-31", "skills": ["climb"]}),
        (Relaxation("window", task=2, day=1, opens=30_000, closes=30_001),
         {"task_id": "S:t2#2", "date": "2024-08-31", "opens": "08:20", "closes": "08:21"}),
        (Relaxation("limits", shift=0, seconds=61, metres=5, walk_m=0, load=2),
         {"crew_id": "car", "party": "enterprise", "date": "2024-08-30", "minutes": 2, "metres": 5, "walk_m": 0,
          "load": 2}),
        (Relaxation("drop", tasks=(0, 1)), {"tasks": ["S:t0#0", "S:t1#1"]}),
        (Relaxation("prize", task=1, amount=1_500), {"task_id": "S:t1#1", "ecm": 1.5}),
        (Relaxation("gap", task=1, days=3), {"task_id": "S:t1#1", "days": 3}),
        (Relaxation("crew", task=1, shift=0, tasks=(1,), party="fire", profile=1, day=0, opens=3_600, closes=7_200),
         {"task_id": "S:t1#1", "tasks": ["S:t1#1"], "party": "fire", "profile": "foot", "date": "2024-08-30",
          "opens": "01:00", "closes": "02:00"}),
        (Relaxation("search"), {}),
    ],
)  # fmt: skip
def test_a_relaxation_is_said_in_names_days_and_minutes(book, one, said):
    assert book.relaxation(one) == {"kind": one.kind, **said}


def test_names_are_ids_with_or_without_kind_and_number_and_labels(book):
    assert book.find(["S:t1#1"]) == book.find(["s:T1#1"]) == book.find(["t1#1"]) == book.find(["t1"]) == [1]
    assert book.find(["3线", "Line 0"]) == [3, 0, 1]
    assert book.find(["t1", "t1"]) == [1]
    with pytest.raises(PlanError) as caught:
        book.find(["t1#", "nothing like it"])
    assert [item.code for item in caught.value.findings] == ["explain.task"] * 2
    assert "S:t1#1" in caught.value.findings[0].mend


def test_an_answer_says_who_would_serve_it(book):
    plan = judged(book.problem, ())
    row = book.row(why_not(plan, 4, exact=False))
    assert row["code"] in {"too_long", "not_placed", "costs_more"}
    assert row["by"]["date"] in {"2024-08-30", "2024-08-31"}
    assert row["needs"] == {"parties": [], "skills": [], "zone": "", "open_on": []}
