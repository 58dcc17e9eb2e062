"""Who may look, make safe and rectify: every row of the table, and the bounds no file can loosen."""

from contextlib import suppress

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from patrol.hazards.actions import (
    ACTIONS,
    PARTY_CODES,
    action_groups,
    beyond_bounds,
    look_bound,
    look_parties,
    narrowed,
    parse_groups,
)
from patrol.hazards.taxonomy import UNCLASSIFIED, load_types
from patrol.layers.schema import PARTIES

ALL = PARTIES
ENT = ("enterprise",)
ENT_FIRE = ("enterprise", "fire")
TYPES = load_types()
# Written by hand from design.md 7, one entry a row of the table; a new row must be added here too.
LOOK = {
    "V01": ALL, "V02": ALL, "V03": ALL, "V04": ALL, "A01": ALL, "A02": ALL,
    "F01": ENT_FIRE, "F02": ALL, "F03": ENT_FIRE, "F04": ENT_FIRE, "F05": ALL,
    "E01": ALL, "E02": ALL, "E03": ALL, "E04": ALL, "E05": ALL, "E06": ENT, "E07": ENT, "E08": ALL, "E09": ALL,
    "E10": ALL, "E11": ENT, "E12": ALL, "E13": ALL, "E14": ENT,
    "S01": ALL, "S02": ENT, "S03": ALL, "S04": ALL, "S05": ENT, "S06": ENT, "S07": ALL, "S08": ALL, "S09": ENT,
    "S10": ENT, "S11": ALL, "S12": ALL, "S13": ALL, "S14": ALL,
    "N01": ENT, "N02": ENT, "N03": ALL, "N04": ENT, "N05": ENT,
    "U01": ALL, "U02": ALL, "U03": ALL, "U04": ENT, "U05": ALL, "U06": ENT,
    "D01": ENT, "D02": ENT, "D03": ENT,
    UNCLASSIFIED: ENT,
}  # fmt: skip
MAKE_SAFE = {
    "A01": {ENT}, "S04": {ENT}, "D01": {ENT}, "D02": {ENT}, "D03": {ENT}, "N01": {ENT}, "E01": {ENT},
    "F01": {ENT, ("fire",)}, "F03": {ENT, ("fire",)}, "F05": {ENT, ("fire",)}, "U03": {ENT, ("fire",)},
    UNCLASSIFIED: {ENT},
}  # fmt: skip
RECTIFY = {
    "A01": {ENT}, "S01": {ENT}, "S10": {ENT}, "D01": {ENT}, "D02": {ENT}, "D03": {ENT}, "E01": {ENT}, "E09": {ENT},
    "V01": {("enterprise", "villager")}, "V03": {ENT}, "V04": {("enterprise", "government", "villager")},
    "F01": {ENT_FIRE}, "F03": {("enterprise", "fire", "government")},
    "F04": {("fire",), ("enterprise", "government")}, "F05": {("enterprise", "villager")},
    "E04": {("enterprise", "government")}, "E11": {("enterprise", "government")},
    "U03": {("fire", "government")}, UNCLASSIFIED: {ENT},
}  # fmt: skip


def test_every_row_says_who_may_look():
    assert dict(look_parties(TYPES)) == LOOK
    assert set(LOOK) == set(TYPES.index)


@pytest.mark.parametrize("code", TYPES.index)
def test_every_row_keeps_the_bounds(code):
    row = TYPES.loc[code]
    bound = look_bound(code, row["category"], row["default_class"])
    for action in ACTIONS:
        groups = parse_groups(row[action], action)
        assert not beyond_bounds(action, groups, bound)
        named = {party for group in groups for party in group}
        assert "ENT" in named or {"FIRE"} < named, "somebody who can do the work"
        if action == "make_safe":
            assert named <= {"ENT", "FIRE"}
        if action == "rectify":
            assert all({"ENT", "FIRE"} & set(group) for group in groups)
    if row["default_class"] == "emergency" and code not in {"E01", "E09"}:
        assert not {"villager", "government"} & set(look_parties(TYPES)[code])


@pytest.mark.parametrize(("action", "expected"), [("make_safe", MAKE_SAFE), ("rectify", RECTIFY)])
def test_who_makes_safe_and_rectifies(action, expected):
    groups = action_groups(TYPES, action)
    for code, named in expected.items():
        assert {tuple(sorted(group)) for group in groups[code]} == named, code


@pytest.mark.parametrize("code", ["F01", "F03", "F04", "N01", "N02", "S05", "S10", "E14", "U06", "D01", UNCLASSIFIED])
def test_volunteers_and_officials_never_go_to_fire_flood_or_live_parts(code):
    assert not set(look_parties(TYPES)[code]) & {"villager", "government"}


def test_a_new_emergency_type_is_closed_before_anyone_thinks_of_it():
    fresh = TYPES.loc[["V01"]].rename(index={"V01": "X99"}).assign(default_class="emergency")
    assert look_parties(fresh)["X99"] == ENT
    assert look_parties(fresh.assign(category="fire"))["X99"] == ENT_FIRE


def test_a_table_nobody_checked_grants_no_more():
    wide = TYPES.assign(look="VIL|GOV|FIRE|ENT")
    assert dict(look_parties(wide)) == LOOK


def test_full_width_marks_are_read_too():
    assert parse_groups("ＥＮＴ｜ fire＋GOV", "rectify") == (("ENT",), ("FIRE", "GOV"))


@pytest.mark.parametrize("cell", ["", " ", "|", "ENT|", "ENT,VIL", "ARMY", "ENT+ENT", "+", "ENT++VIL", "\x00"])
def test_a_malformed_cell_is_a_value_error(cell):
    with pytest.raises(ValueError, match="names"):
        parse_groups(cell, "rectify")


CELLS = st.lists(st.lists(st.sampled_from(list(PARTY_CODES)), min_size=1, max_size=4, unique=True), min_size=1)


@given(CELLS, st.sampled_from(ACTIONS), st.sampled_from(list(TYPES.index)))
def test_no_cell_within_the_bounds_puts_a_villager_s_hands_on_anything(groups, action, code):
    row = TYPES.loc[code]
    named = tuple(map(tuple, groups))
    if beyond_bounds(action, named, look_bound(code, row["category"], row["default_class"])):
        return
    if action == "make_safe":
        assert {p for g in named for p in g} <= {"ENT", "FIRE"}
    for group in named:
        if action == "rectify":
            assert {"ENT", "FIRE"} & set(group)
        if action == "look" and LOOK[code] == ENT:
            assert group == ("ENT",)


@given(st.text())
def test_any_text_is_read_or_refused(cell):
    for action in ACTIONS:
        with suppress(ValueError):
            assert parse_groups(cell, action)


def test_narrowing_leaves_the_enterprise():
    assert narrowed("GOV|VIL", frozenset({"ENT"})) == "ENT"
    assert narrowed("ENT|VIL|FIRE", frozenset({"ENT", "FIRE"})) == "ENT|FIRE"


def test_groups_are_on_the_index_of_the_types():
    some = TYPES.loc[["F04", "A01"]]
    groups = action_groups(some, "look")
    assert isinstance(groups, pd.Series)
    assert list(groups.index) == ["F04", "A01"]
    assert groups["F04"] == (("enterprise",), ("fire",))
