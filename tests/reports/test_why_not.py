"""Every code and every relaxation has its sentence in both languages, with the names and figures put in."""

import pytest

from patrol.planning.joint import PUT_OFF
from patrol.planning.left_out import LEFT_OUT
from patrol.reports.why_not import answer, conditions, reason
from patrol.routing.explain import CODES
from patrol.routing.relax import KINDS
from patrol.words import LANGUAGES, keys

TASKS = {"S:1": {"label": "Line 001-008", "label_zh": "一线001-008号杆"}, "S:2": {"label": "Line 2", "label_zh": ""}}
FIGURE = {"task_id": "S:2", "mandatory": 3, "pinned": False, "ecm": 12.5, "minutes": 30.0, "ecm_per_hour": 25.0}
EVERY = {
    "task_id": "S:1", "tasks": ["S:2"], "crew_id": "C-7", "party": "fire", "profile": "car", "skills": ["climb"],
    "date": "2024-08-16", "opens": "08:00", "closes": "09:30", "minutes": 11, "metres": 222, "walk_m": 0, "load": 0,
    "days": 5, "ecm": 7.25,
}  # fmt: skip


def row(code="outranked", *kinds, **more):
    return {
        "task_id": "S:1", "served": False, "code": code, "label": "shown", "gain_ecm": -1.5, "gain_weight": 0,
        "blame": ["S:2"],
        "relaxations": [{**EVERY, "kind": kind} for kind in kinds or ("drop",)], "own": None, "displaced": [],
        "needs": {"parties": ["fire"], "skills": ["climb"], "zone": "Z01", "open_on": ["2024-08-16"]},
        "by": {"crew_id": "C-7", "date": "2024-08-16", "start": "08:10"}, **more,
    }  # fmt: skip


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_code_and_kind_has_a_sentence_of_its_own(lang):
    said = [reason(row(code), TASKS, lang) for code in CODES]
    assert len(set(said)) == len(CODES)
    named = [conditions(row("outranked", kind), TASKS, lang) for kind in KINDS]
    assert len(set(named)) == len(KINDS)
    assert {key.rpartition(".")[2] for key in keys(lang) if key.startswith("explain.code.")} == {
        *CODES,
        *PUT_OFF,
        *LEFT_OUT,
        "not_placed_full",
        "not_placed_must",
    }


def test_sentences_name_what_they_are_about():
    assert reason(row("no_skill"), TASKS, "en").endswith("(climb)")
    assert "Line 2 (S:2)" in reason(row("no_partner"), TASKS, "en")
    assert "1.50 ECM" in reason(row("costs_more"), TASKS, "en")
    assert conditions(row("too_long", "limits"), TASKS, "en").endswith("had 11 minutes more, 222 m more to drive")
    assert "(fire service, car, climb)" in conditions(row("no_skill", "crew"), TASKS, "en")
    two = conditions(row("no_zone", "zone", "prize"), TASKS, "en")
    assert two == "crews of other zones might come, and it were worth 7.25 ECM more"


def test_no_place_is_no_room_or_a_better_plan_by_duty_or_by_worth():
    full, worth = reason(row("not_placed", "crew"), TASKS, "en"), reason(row("not_placed", "search"), TASKS, "en")
    assert "no room" in full
    assert "1.50 ECM more" in worth
    assert "must be done" in reason(row("not_placed", "search", gain_weight=2), TASKS, "en")


def test_an_answer_shows_who_has_the_place_and_their_figures():
    lines = answer(row(own={**FIGURE, "task_id": "S:1", "mandatory": 0}, displaced=[FIGURE]), TASKS, "en")
    assert lines[0] == "Line 001-008 (S:1) is left out."
    assert lines[2] == "  it would bring: 12.5 ECM in 30 minutes, ways included: 25.0 ECM an hour"
    assert lines[3].endswith("25.0 ECM an hour; must be done, weight 3")
    assert lines[5] == "  then: crew C-7, 2024-08-16, 08:10"
    assert answer(row(), TASKS, "zh")[0] == "一线001-008号杆（S:1）未安排。"


def test_an_answer_without_a_model_for_a_crew_says_so():
    lines = answer({**row("no_option"), "relaxations": [], "by": None}, TASKS, "en")
    assert lines[-1] == "  nobody works who could be the model of a crew for it"


def test_what_people_wrote_is_cleaned():
    lines = answer(row(), {"S:1": {"label": "a\u202eb\nc"}}, "en")
    assert lines[0] == "ab c (S:1) is left out."
