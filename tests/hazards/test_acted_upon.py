"""What a person has done about hazards holds against whatever comes in later: merged, parted, owned, under way."""

import dataclasses

import pytest

from patrol.hazards.ground import context_of
from patrol.hazards.model import Event, canonical
from patrol.hazards.receive import read_files, receive
from tiny import at, table

NOW = "2024-08-20T00:00:00.000000Z"
OFFICE = {"actor": "office", "party": "enterprise"}
READY = {"permit": True, "outage": True, "materials": True}


def row(name, x, day=10, kind="鸟窝", metres="5"):
    lon, lat = at(x, 3)
    return {"id": name, "lon": lon, "lat": lat, "captured_at": f"2024-08-{day:02d} 09:00", "description": kind,
            "party": "villager", "精度": metres}  # fmt: skip


def take(register, ground, path, *rows):
    table(path, list(rows))
    context = dataclasses.replace(context_of(ground.layers.project, now=NOW, source="o"), crs="EPSG:4326")
    ((_, intake),), faults = read_files([path], context, ground)
    assert not faults
    return receive(register, intake, ground, now=NOW, **OFFICE)


def do(register, action, name, **body):
    register.act([Event(action, name, NOW, "crew 1", "enterprise", canonical(body))], recorded_at=NOW)


@pytest.fixture
def of(register):
    """Return the function that gives the hazard of the report with an id."""
    return lambda name: register.reports().set_index("external_id").loc[name, "hazard_id"]


def shown(register, name):
    return register.hazards().set_index("hazard_id").loc[name]


def test_what_is_under_way_is_not_absorbed_into_what_nobody_has_touched(register, ground, tmp_path, of):
    take(register, ground, tmp_path / "a.csv", row("A", 600, 1), row("B", 670, 2))
    b = of("B")
    for action, body in (("verify", {}), ("assign", {"owner": "抢修班", "owner_party": "enterprise"}), ("ready", READY),
                         ("start", {}), ("set", {"hazard_class": "emergency"})):  # fmt: skip
        do(register, action, b, **body)
    got = take(register, ground, tmp_path / "b.csv", row("C", 635, 3))
    assert len(got.merged) == 1
    assert of("A") == of("C") == of("B") == b
    told = shown(register, b)
    assert (told["state"], told["owner"], told["hazard_class"], told["reports"]) == (
        "in_rectification", "抢修班", "emergency", 3,
    )  # fmt: skip
    do(register, "rectify", b)
    assert register.rebuild() == []


def test_two_upon_which_somebody_has_acted_stay_apart_and_that_is_told(register, ground, tmp_path, of):
    take(register, ground, tmp_path / "a.csv", row("A", 600, 1), row("B", 670, 2))
    do(register, "verify", of("A"))
    do(register, "set", of("B"), asset_owner="砖厂")
    got = take(register, ground, tmp_path / "b.csv", row("C", 637, 3))
    assert got.merged == ()
    assert of("A") != of("B")
    assert of("C") == of("B"), "33 m from it, and 37 m from the other"
    (told,) = [one for one in got.findings if one.code == "hazards.perhaps_one"]
    assert of("A") in told.what
    assert of("B") in told.what
    assert "patrol hazards merge" in told.mend
    assert shown(register, of("B"))["asset_owner"] == "砖厂"


def test_what_was_parted_by_hand_is_not_joined_through_a_third(register, ground, tmp_path, of):
    take(register, ground, tmp_path / "a.csv", row("A", 600, 5), row("C", 635, 6), row("B", 670, 7))
    whole = of("A")
    apart = register.split(whole, [register.reports().set_index("external_id").loc["B", "report_id"]], at=NOW, **OFFICE)
    take(register, ground, tmp_path / "b.csv", row("Z", 760, 1))
    got = take(register, ground, tmp_path / "c.csv", row("W", 690, 8, metres="60"))
    assert of("A") == whole
    assert of("B") == apart
    assert of("Z") == of("W") == apart, "the nearer of the two"
    assert [one.code for one in got.findings].count("hazards.perhaps_one") == 1
    assert len(register.hazards()) == 2
    assert register.rebuild() == []


def test_a_report_between_what_was_parted_goes_to_the_nearest(register, ground, tmp_path, of):
    take(register, ground, tmp_path / "a.csv", row("A", 600, 5), row("C", 635, 6), row("B", 670, 7))
    whole = of("A")
    apart = register.split(whole, [register.reports().set_index("external_id").loc["B", "report_id"]], at=NOW, **OFFICE)
    take(register, ground, tmp_path / "b.csv", row("E", 600, 8), row("F", 670, 8))
    assert of("E") == whole
    assert of("F") == apart


def test_both_sides_of_an_unmerge_are_acted_upon(register, ground, tmp_path, of):
    take(register, ground, tmp_path / "a.csv", row("A", 600, 1), row("B", 700, 2))
    a, b = of("A"), of("B")
    register.merge(a, b, at=NOW, **OFFICE)
    register.unmerge(b, at=NOW, **OFFICE)
    assert register.memory.untouched([a, b]) == set()
    take(register, ground, tmp_path / "b.csv", row("C", 650, 3, metres="60"))
    assert of("A") != of("B")


def test_what_is_reported_after_it_was_rectified_is_told(register, ground, tmp_path, of):
    take(register, ground, tmp_path / "a.csv", row("A", 600, 1, "断线落地"))
    hazard = of("A")
    register.act([Event("rectify", hazard, "2024-08-02T02:00:00.000000Z", "c", "enterprise")], recorded_at=NOW)
    got = take(register, ground, tmp_path / "b.csv", row("B", 600, 5, "断线落地"))
    (told,) = [one for one in got.findings if one.code == "hazards.again"]
    assert hazard in told.what
    assert (shown(register, hazard)["state"], shown(register, hazard)["reports"]) == ("reported", 2)
    got = take(register, ground, tmp_path / "c.csv", row("C", 601, 1, "断线落地"))
    assert not [one for one in got.findings if one.code == "hazards.again"], "that was seen before"


def test_a_rectified_hazard_of_a_list_counts_as_reported_when_it_is_seen_later(register, ground, tmp_path, of):
    shut = {**row("A", 600, 1), "state": "已整改", "closed": "2024-08-03"}
    take(register, ground, tmp_path / "a.csv", shut)
    assert shown(register, of("A"))["state"] == "rectified"
    take(register, ground, tmp_path / "b.csv", row("B", 602, 2))
    assert shown(register, of("A"))["state"] == "rectified"
    take(register, ground, tmp_path / "c.csv", row("C", 602, 9))
    assert of("C") == of("A")
    assert shown(register, of("A"))["state"] == "reported"
    assert register.rebuild() == []
