"""The table of the crews' hours on the planner's page."""

import re

import pytest

from patrol.maps.load import load_table
from patrol.plan import Plan

HOURS = {"worked_h": 5.25, "offered_h": 8.0, "even_h": 4.0, "recent_h": 30.06, "recent_even_h": 25.0}


def page(**load):
    shift = {"shift_id": "s", "crew_id": "B<1>", "name": "Team <b>", "name_zh": "二班", "party": "enterprise"}
    return load_table(Plan({"schema": "patrol-plan/1", "shifts": [shift], "figures": {"load": load}}))


def cells(table):
    rows = re.findall(r"<tr>(.*?)</tr>", table.split("<tbody>")[1])
    return [[re.sub("<[^>]+>", "", cell) for cell in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row)] for row in rows]


def test_hours_stand_in_the_order_of_ids_with_one_place_after_the_point():
    table = page(crews={"C": {**HOURS, "worked_h": 1}, "B<1>": HOURS, "A": {"worked_h": 2.0}})
    first, second, third = cells(table)
    assert first[1:] == ["2.0", "", "", "", ""], "what is not known is left empty"
    assert second[1:] == ["5.2", "8.0", "4.0", "30.1", "25.0"]
    assert third[1] == "1.0"
    assert "Team &lt;b&gt;" in second[0]
    assert "二班" in second[0]
    assert "<b>" not in table


def test_the_price_and_the_weeks_are_told_where_they_are_known():
    free = {"free_h": 3.0, **HOURS}
    told = page(
        crews={"A": free}, fairness_cost_ecm=1234.56, recent={"from": "2024-08-01", "to": "2024-08-14", "days": 9}
    )
    assert "1,234.6" in told
    assert "2024-08-01" in told
    assert "2024-08-14" in told
    bare = page(crews={"A": HOURS})
    assert "2024-08-01" not in bare
    assert "1,234.6" not in bare


@pytest.mark.parametrize(("gave", "words"), [
    ({"weight": 2, "ecm": -5.0}, ("a weight of 2", "权重2")),
    ({"weight": 0, "ecm": 1234.56}, ("1,234.6 ECM more", "多得1,234.6 ECM")),
    ({"weight": 0, "ecm": 0.01}, ("gave up nothing", "没有代价")),
    ({"weight": -1, "ecm": 99.0}, ("gave up nothing", "没有代价")),
])  # fmt: skip
def test_what_an_even_load_gave_up_is_told_in_both_languages(gave, words):
    told = page(crews={"A": {"free_h": 3.0, **HOURS}}, fairness_cost_ecm=0.0, given_up=gave)
    assert all(one in told for one in words)


def test_without_price_and_weeks_there_is_no_table():
    assert page(crews={"A": {"worked_h": 2.0, "offered_h": 4.0}}) == ""
    assert load_table(Plan({"schema": "patrol-plan/1", "shifts": [], "figures": {}})) == ""
