"""A hazard is what its gravest report says: who may look, until when, and what is carried over when two are one."""

from datetime import date

import pandas as pd
import pytest

from patrol.errors import RegisterError
from patrol.hazards.ids import hazard_id
from patrol.hazards.lifecycle import kinds_of, look_at
from register_cases import NOW, OWNER, TYPES, do, opened, reports, shown, stamp, take

A, B, C = (hazard_id(name) for name in "abc")
ALL = ("enterprise", "government", "fire", "villager")
ENT = ("enterprise",)
KINDS = kinds_of(TYPES)


@pytest.fixture
def register(tmp_path):
    with opened(tmp_path / "register.gpkg") as one:
        yield one


def look(register, name):
    row = shown(register, name)
    return look_at(row["type"], row["may_be"], row["hazard_class"], KINDS)


@pytest.mark.parametrize(("mild", "grave"), [("V02", "D03"), ("S04", "D02"), ("S06", "D01"), ("S01", "S02")])
@pytest.mark.parametrize("turned", [False, True])
def test_nobody_is_sent_to_look_at_what_has_come_down_since(register, mild, grave, turned):
    rows = [{"key": "a", "type": mild}, {"key": "b", "type": grave, "hazard_id": A, "captured_at": stamp(15)}]
    for row in rows[::-1] if turned else rows:
        take(register, {"hazard_id": A, **row})
    row = shown(register, A)
    assert row["may_be"] == "|".join(sorted([mild, grave]))
    assert row["hazard_class"] == TYPES.loc[grave, "default_class"]
    assert look(register, A) == ENT
    assert {party for parties in register.allowed(A).values() for party in parties if party not in ENT} <= {
        "government"
    }
    assert register.allowed(A)["refute"] == ENT
    with pytest.raises(RegisterError, match="government may not refute"):
        do(register, "refute", A, stamp(16), party="government")


def test_a_class_set_by_hand_bounds_who_looks(register):
    take(register, {"key": "a", "type": "V02"})
    assert look(register, A) == ALL
    do(register, "set", A, stamp(2), {"hazard_class": "emergency"})
    assert look(register, A) == ENT
    assert register.allowed(A)["verify"] == ENT


def test_a_kite_is_still_looked_at_from_afar_and_a_fire_by_the_fire_service(register):
    take(register, {"key": "a", "type": "E01"}, {"key": "b", "type": "F01"}, {"key": "c", "type": "E02"})
    assert [look(register, name) for name in (A, B, C)] == [ALL, ("enterprise", "fire"), ALL]
    register.merge(A, C, at=stamp(3), actor="office", party="enterprise")
    assert look(register, A) == ALL, "plastic beside a kite is looked at as each of them is"


def test_a_type_against_which_the_words_speak_is_looked_at_by_the_enterprise_until_it_is_settled(register):
    frame = reports({"key": "a", "type": "A01"})
    frame["doubts"] = "perhaps_emergency"
    register.take(frame, at_now=NOW, actor="office", party="enterprise")
    assert shown(register, A)["may_be"] == "A01|unclassified"
    assert look(register, A) == ENT
    do(register, "set", A, stamp(2), {"type": "A01"})
    assert look(register, A) == ALL, "somebody has said that it is a nest"


def test_an_emergency_among_old_reports_is_not_overdue_on_arrival(register):
    take(register, {"key": "a", "type": "V02", "captured_at": "2024-07-20T01:00:00.000000Z"})
    late = {"key": "b", "type": "D03", "hazard_id": A, "captured_at": stamp(10, 1)}
    take(register, late)
    row = shown(register, A)
    assert (row["deadline"], row["due_from"]) == (pd.Timestamp(stamp(11, 1)), pd.Timestamp(stamp(10, 1)))
    told = register.hazards(pd.Timestamp(stamp(10, 2)).to_pydatetime()).iloc[0]
    assert (told["overdue"], told["due_level"]) == (False, "station")
    assert register.hazards(date(2024, 8, 12))["overdue"].tolist() == [True]


def test_a_mild_report_does_not_put_off_an_earlier_deadline(register):
    take(register, {"key": "a", "type": "V01"}, {"key": "b", "type": "V01", "hazard_id": A, "captured_at": stamp(5)})
    assert shown(register, A)["deadline"] == pd.Timestamp(stamp(8))


@pytest.mark.parametrize(
    ("grade", "day"), [("emergency", 11), ("serious", 8), ("general", 31)], ids=["graver", "same", "milder"]
)
def test_a_class_set_later_runs_from_then_only_if_it_is_graver(register, grade, day):
    take(register, {"key": "a", "type": "V02" if grade == "emergency" else "V01"})
    do(register, "set", A, stamp(10), {"hazard_class": grade})
    assert shown(register, A)["deadline"] == pd.Timestamp(stamp(day))
    do(register, "set", A, stamp(11), {"hazard_class": None})
    assert shown(register, A)["deadline"] == pd.Timestamp(stamp(31) if grade == "emergency" else stamp(8))
    assert register.rebuild() == []


# Reported after it was rectified


def test_what_is_reported_after_it_was_rectified_is_no_longer_rectified(register):
    take(register, {"key": "a", "type": "D01"})
    do(register, "rectify", A, stamp(2))
    take(register, {"key": "b", "type": "D01", "hazard_id": A, "captured_at": stamp(1, 12)})
    assert shown(register, A)["state"] == "rectified", "it was seen before the work was done"
    take(register, {"key": "c", "type": "D01", "hazard_id": A, "captured_at": stamp(5)})
    row = shown(register, A)
    assert (row["state"], row["open"], row["deadline"]) == ("reported", True, pd.Timestamp(stamp(6)))
    assert register.hazards(date(2024, 8, 7))["overdue"].tolist() == [True]
    assert register.hazards(date(2024, 8, 4))["state"].tolist() == ["rectified"]
    with pytest.raises(RegisterError, match="it is reported, and confirm needs rectified"):
        do(register, "confirm", A, stamp(7), actor="crew 2")
    do(register, "verify", A, stamp(7))
    assert shown(register, A)["deadline"] == pd.Timestamp(stamp(6)), "the clock is still that of the new report"
    do(register, "rectify", A, stamp(8))
    assert shown(register, A)["state"] == "rectified"
    do(register, "confirm", A, stamp(9), actor="crew 2")
    assert register.rebuild() == []


def test_a_second_look_that_finds_it_still_there_keeps_the_old_deadline(register):
    take(register, {"key": "a", "type": "D01"})
    do(register, "rectify", A, stamp(2))
    do(register, "reopen", A, stamp(3))
    assert (shown(register, A)["state"], shown(register, A)["deadline"]) == ("verified", pd.Timestamp(stamp(2)))


# What is carried over when two are one


def test_a_merge_loses_no_class_owner_or_customer_and_unmerging_gives_each_its_own(register):
    take(register, {"key": "a", "type": "V01"}, {"key": "b", "type": "V01"})
    do(register, "set", B, stamp(2), {"hazard_class": "emergency"})
    do(register, "set", B, stamp(2), {"asset_owner": "砖厂"})
    do(register, "notice", B, stamp(3))
    do(register, "escalate", B, stamp(3), {"level": "county"})
    before = register.hazards()
    register.merge(A, B, at=stamp(4), actor="office", party="enterprise")
    row = shown(register, A)
    assert (row["hazard_class"], row["asset_owner"], row["notice_served"], row["level"]) == (
        "emergency", "砖厂", True, "county",
    )  # fmt: skip
    assert row["deadline"] == pd.Timestamp(stamp(3))
    assert "ready" not in register.allowed(A), "a customer's asset"
    do(register, "assign", A, stamp(5), OWNER)
    assert shown(register, A)["owner"] == "crew 7"
    register.unmerge(B, at=stamp(6), actor="office", party="enterprise")
    pd.testing.assert_series_equal(shown(register, B), before.set_index("hazard_id").loc[B])
    assert (shown(register, A)["hazard_class"], shown(register, A)["asset_owner"]) == ("serious", "")
    assert register.rebuild() == []


def test_a_milder_class_that_was_set_is_not_carried_over(register):
    take(register, {"key": "a", "type": "V01"}, {"key": "b", "type": "V01"})
    do(register, "set", B, stamp(2), {"hazard_class": "general"})
    register.merge(A, B, at=stamp(4), actor="office", party="enterprise")
    assert shown(register, A)["hazard_class"] == "serious"


def test_a_merge_never_hides_how_far_the_work_is(register):
    take(register, {"key": "a", "type": "V01"}, {"key": "b", "type": "V01"})
    do(register, "verify", B, stamp(2))
    do(register, "assign", B, stamp(3), OWNER)
    with pytest.raises(RegisterError, match=f"{B} is assigned and {A} is reported: merge the other way round"):
        register.merge(A, B, at=stamp(4), actor="office", party="enterprise")
    register.merge(B, A, at=stamp(4), actor="office", party="enterprise")
    assert (shown(register, B)["state"], shown(register, B)["owner"]) == ("assigned", "crew 7")
