"""A crew's report-back in revisions: the highest holds, in whatever order they come in."""

import itertools
import json
import uuid
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from patrol.hazards.ground import context_of
from patrol.hazards.model import Event
from patrol.hazards.receive import read_files, receive
from tiny import at

NOW = "2024-08-20T00:00:00.000000Z"
OFFICE = {"actor": "office", "party": "enterprise"}


def item(n, x=620, kind="A01", words="", hour=9, **more):
    lon, lat = at(x, 5)
    when = f"2024-08-10T{hour:02d}:00:00+08:00"
    return {"id": str(uuid.UUID(int=n)), "captured_at": when, "type": kind, "description": words, "lon": lon,
            "lat": lat, "accuracy_m": 5.0, **more}  # fmt: skip


def back(revision, *hazards, requests=(), crew="C1"):
    return {"schema": "patrol-report/1", "plan_sha256": "0a" * 32, "crew_id": crew, "party": "enterprise",
            "revision": revision, "hazards": list(hazards), "requests": list(requests)}  # fmt: skip


def take(register, ground, folder, document):
    path = Path(folder) / "back.json"
    path.write_text(json.dumps(document), "utf-8")
    context = context_of(ground.layers.project, now=NOW)
    ((_, intake),), faults = read_files([path], context, ground)
    assert not faults
    return receive(register, intake, ground, now=NOW, **OFFICE)


def picture(register):
    """Return the open hazards without their ids, and the open requests."""
    assert register.rebuild() == []
    reports, hazards = register.reports(), register.hazards().set_index("hazard_id")
    live = reports[reports["withdrawn"].isna()]
    columns = [
        "type",
        "hazard_class",
        "state",
        "reported",
        "lon",
        "lat",
        "feeder_id",
        "pole_no",
        "description",
        "reports",
    ]
    out = {
        (frozenset(own["report_id"]), *hazards.loc[name, columns])
        for name, own in live.groupby("hazard_id")
        if hazards.loc[name, "open"]
    }
    asked = register.requests()
    return out, {tuple(row) for row in asked.loc[asked["state"] == "open", ["key", "due", "description"]].to_numpy()}


def test_a_higher_revision_corrects_and_withdraws(register, ground, tmp_path):
    ask = {"id": str(uuid.UUID(int=50)), "captured_at": "2024-08-10T09:00:00+08:00", "kind": "dispute"}
    take(register, ground, tmp_path, back(1, item(1), item(2, x=2400), item(3, x=1200), requests=[ask]))
    got = take(register, ground, tmp_path, back(2, item(1, kind="S01", words="电杆歪了", x=640), item(3, x=1200)))
    assert {one.code for one in got.findings} >= {"hazards.corrected", "hazards.withdrawn"}
    assert len(got.corrected) == 1
    hazards = register.hazards()
    assert sorted(hazards.loc[hazards["open"], "type"]) == ["A01", "S01"]
    assert sorted(hazards["state"]) == ["refuted", "reported", "reported"]
    moved = hazards.set_index("type").loc["S01"]
    assert moved["description"] == "电杆歪了"
    assert moved["lon"] == pytest.approx(at(640, 5)[0])
    assert register.requests()["state"].tolist() == ["cancelled"]
    assert {"correct", "withdraw"} <= set(register.events()["action"])
    assert register.rebuild() == []
    take(register, ground, tmp_path, back(3, item(2, x=2400)))
    hazards = register.hazards()
    assert hazards.loc[hazards["open"], "lon"].tolist() == [pytest.approx(at(2400, 5)[0])], "listed again"
    assert register.rebuild() == []


@pytest.mark.parametrize("revision", [1, 2])
def test_a_revision_that_is_not_higher_changes_nothing_and_is_told(register, ground, tmp_path, revision):
    newest = back(2, item(1))
    take(register, ground, tmp_path, newest)
    head = register.head()
    assert not [one for one in take(register, ground, tmp_path, newest).findings if one.code == "hazards.superseded"]
    got = take(register, ground, tmp_path, back(revision, item(1, kind="S01"), item(2, x=1200)))
    assert register.head() == head
    (told,) = (one for one in got.findings if one.code == "hazards.superseded")
    assert "revision 2" in told.what
    assert len(take(register, ground, tmp_path, back(revision, item(4, x=2400), crew="C2")).taken.reports) == 1


def test_what_somebody_has_acted_upon_is_not_closed_by_a_revision(register, ground, tmp_path):
    take(register, ground, tmp_path, back(1, item(1), item(2, x=2400)))
    for name in register.hazards()["hazard_id"]:
        register.act([Event("verify", name, NOW, "crew 1", "enterprise")], recorded_at=NOW)
    got = take(register, ground, tmp_path, back(2, item(2, x=640)))
    assert set(register.hazards()["state"]) == {"verified"}
    assert [one.level for one in got.findings if one.code == "hazards.acted_upon"] == ["suspicion"] * 2
    assert register.rebuild() == []


def test_one_that_stood_between_two_leaves_two(register, ground, tmp_path):
    take(register, ground, tmp_path, back(1, item(1, x=600), item(2, x=630), item(3, x=660)))
    assert register.hazards()["reports"].tolist() == [3]
    take(register, ground, tmp_path, back(2, item(1, x=600), item(2, x=2400), item(3, x=660)))
    assert register.hazards()["reports"].tolist() == [1, 1, 1]
    take(register, ground, tmp_path, back(3, item(1, x=600), item(2, x=630), item(3, x=660)))
    hazards = register.hazards()
    assert hazards.loc[hazards["open"], "reports"].tolist() == [3]
    assert register.rebuild() == []


ITEMS = st.lists(
    st.builds(item, st.integers(1, 4), st.sampled_from([600, 630, 660, 1200]), st.sampled_from(["A01", "S01", "D01"]),
              st.sampled_from(["", "x"]), st.integers(8, 10)),
    max_size=4, unique_by=lambda one: one["id"],
)  # fmt: skip


@settings(max_examples=4)
@given(st.lists(ITEMS, min_size=2, max_size=3), st.data())
def test_the_order_of_revisions_does_not_matter(ground, opened, tmp_path_factory, revisions, data):
    in_any_order(ground, opened, tmp_path_factory, revisions, data)


@pytest.mark.soak
@settings(max_examples=100)
@given(st.lists(ITEMS, min_size=2, max_size=4), st.data())
def test_the_order_of_revisions_does_not_matter_long(ground, opened, tmp_path_factory, revisions, data):
    in_any_order(ground, opened, tmp_path_factory, revisions, data)


def in_any_order(ground, opened, tmp_path_factory, revisions, data):
    files = [back(number, *items) for number, items in enumerate(revisions, 1)]
    files.append(back(1, item(9, x=610), item(10, x=660, kind="S01"), crew="C2"))
    order = data.draw(st.permutations(files))
    pictures = []
    for some in (files, order, [files[-2], files[-1]]):  # the highest alone, and the other crew's
        folder = tmp_path_factory.mktemp("revisions")
        with opened(folder / "r.gpkg") as register:
            for one in some:
                take(register, ground, folder, one)
            pictures.append(picture(register))
            head = register.head()
            for one in some:
                take(register, ground, folder, one)
            assert register.head() == head
    assert pictures[0] == pictures[1] == pictures[2]


def test_all_orders_of_three_revisions(ground, opened, tmp_path):
    files = [back(1, item(1), item(2, x=640)), back(2, item(2, x=2400)), back(3, item(1, kind="S01"), item(2, x=640))]
    seen = []
    for number, order in enumerate(itertools.permutations(files)):
        with opened(tmp_path / f"{number}.gpkg") as register:
            for one in order:
                take(register, ground, tmp_path, one)
            seen.append(picture(register))
    assert all(one == seen[0] for one in seen), seen


def test_what_a_person_set_of_a_request_holds_against_a_later_revision(register, ground, tmp_path):
    ask = {"id": str(uuid.UUID(int=50)), "captured_at": "2024-08-10T09:00:00+08:00", "kind": "dispute",
           "due": "2024-08-26"}  # fmt: skip
    take(register, ground, tmp_path, back(1, requests=[ask]))
    name = register.requests()["request_id"].item()
    register.act([Event("correct", name, NOW, "office", "enterprise", '{"due":"2024-09-02"}')], recorded_at=NOW)
    take(register, ground, tmp_path, back(2, requests=[{**ask, "description": "地界"}]))
    (told,) = register.requests().to_dict("records")
    assert (told["due"], told["description"]) == ("2024-09-02", "地界")
    assert register.rebuild() == []


@pytest.mark.parametrize(
    ("party", "kind", "state", "taken"),
    [
        ("villager", "S04", "rectified", "reported"), ("villager", "D02", "rectified", "reported"),
        ("villager", "E01", "refuted", "reported"), ("villager", "A01", "verified", "reported"),
        ("government", "D02", "refuted", "reported"),
        ("government", "A01", "refuted", "refuted"), ("government", "A01", "verified", "verified"),
        ("government", "A01", "rectified", "reported"), ("fire", "F01", "rectified", "rectified"),
        ("fire", "A01", "verified", "reported"), ("enterprise", "S04", "rectified", "rectified"),
        ("enterprise", "V01", "rectified", "rectified"),
    ],
)  # fmt: skip
def test_a_crew_states_only_what_its_party_may_do(register, ground, tmp_path, party, kind, state, taken):
    got = take(register, ground, tmp_path, {**back(1, item(1, kind=kind, state=state)), "party": party})
    assert register.hazards()["state"].tolist() == [taken]
    told = [one for one in got.findings if one.code == "hazards.not_theirs"]
    assert len(told) == (taken != state)
    take(register, ground, tmp_path, {**back(2, item(1, kind=kind, state=state, words="x")), "party": party})
    assert register.hazards()["state"].tolist() == [taken], "nor by a higher revision"
    assert register.rebuild() == []
