"""What comes in under a known id and says something else is kept, told, and the same in any order."""

import itertools

import pytest

from patrol.hazards.ground import context_of, ground_of
from patrol.hazards.intake import content_key
from patrol.hazards.model import Event
from patrol.hazards.receive import read_files, receive
from patrol.hazards.register import open_register
from patrol.hazards.threads import unheard
from patrol.project import read_project
from tiny import at, table, write_tiny

NOW = "2024-08-20T00:00:00.000000Z"
OFFICE = {"actor": "office", "party": "enterprise"}


@pytest.fixture(scope="module")
def ground(tmp_path_factory):
    return ground_of(read_project(write_tiny(tmp_path_factory.mktemp("ground") / "tiny")))


def opened(path, ground):
    register = open_register(
        path, create=True, timezone="Asia/Shanghai", settings=ground.settings.hazards, types=ground.types
    )
    register._connection.execute("PRAGMA synchronous = OFF")  # nobody pulls the plug here
    return register


@pytest.fixture
def register(tmp_path, ground):
    with opened(tmp_path / "register.gpkg", ground) as one:
        yield one


def row(name, words, x=620, day=10, **more):
    lon, lat = at(x, 5)
    return {"id": name, "lon": lon, "lat": lat, "坐标系": "WGS84", "captured_at": f"2024-08-{day:02d} 09:00",
            "description": words, "party": "villager", "state": "", "closed": "", **more}  # fmt: skip


def take(register, ground, path, *rows):
    table(path, list(rows))
    context = context_of(ground.layers.project, now=NOW, source="office")
    ((_, intake),), faults = read_files([path], context, ground)
    assert not faults
    return receive(register, intake, ground, now=NOW, **OFFICE)


def picture(register):
    assert register.rebuild() == []
    hazards = register.hazards()
    columns = ["type", "hazard_class", "state", "reported", "last_report", "description", "reports", "closed", "lon"]
    return sorted(map(str, hazards[columns].to_numpy().tolist()))


def test_other_words_under_a_known_id_are_kept_and_told_and_the_same_again_is_silent(register, ground, tmp_path):
    nest, fallen = row("7", "鸟窝"), row("7", "断线落地")
    take(register, ground, tmp_path / "a.csv", nest)
    got = take(register, ground, tmp_path / "a.csv", fallen)
    assert [one.code for one in got.findings if one.code.startswith("hazards.other")] == ["hazards.other_content"]
    (shown,) = register.hazards().to_dict("records")
    assert (shown["hazard_class"], shown["reports"]) == ("emergency", 2)
    first, second = register.reports().to_dict("records")
    assert second["follows"] == first["report_id"]
    head = register.head()
    for again in (nest, fallen, nest):
        got = take(register, ground, tmp_path / "a.csv", again)
        assert got.taken.reports == ()
        assert not [one for one in got.findings if one.code.startswith("hazards.other")]
    assert register.head() == head


def test_it_is_heard_again_for_the_call(register, ground, tmp_path):
    take(register, ground, tmp_path / "a.csv", row("7", "鸟窝"), row("8", "断线落地", x=1200))
    table(tmp_path / "b.csv", [row("7", "断线落地"), row("8", "断线落地", x=1200)])
    ((_, intake),), _ = read_files(
        [tmp_path / "b.csv"], context_of(ground.layers.project, now=NOW, source="office"), ground
    )
    rows = intake.reports
    assert unheard(register, rows, content_key(rows).tolist())["external_id"].tolist() == ["7"]
    receive(register, intake, ground, now=NOW, **OFFICE)
    assert unheard(register, rows, content_key(rows).tolist()).empty, "both have been called in"


def test_a_list_that_says_closed_now_closes_what_nobody_has_acted_upon(register, ground, tmp_path):
    take(register, ground, tmp_path / "a.csv", row("7", "鸟窝"), row("8", "鸟窝", x=1200))
    acted = register.hazards().set_index("lon")["hazard_id"].loc[lambda names: names.index > at(900, 5)[0]].item()
    register.act([Event("verify", acted, NOW, "crew 1", "enterprise")], recorded_at=NOW)
    shut = {"state": "closed", "closed": "2024-08-12"}
    got = take(register, ground, tmp_path / "b.csv", row("7", "鸟窝", **shut), row("8", "鸟窝", x=1200, **shut))
    hazards = register.hazards().set_index("hazard_id")
    assert hazards.loc[acted, "state"] == "verified"
    assert sorted(hazards["state"]) == ["closed", "verified"]
    assert [one.row for one in got.findings if one.code == "hazards.other_state"] == [2]
    assert register.rebuild() == []


def test_without_an_id_a_state_that_has_changed_is_not_lost(register, ground, tmp_path):
    plain = {**row("", "鸟窝")}
    take(register, ground, tmp_path / "a.csv", plain)
    take(register, ground, tmp_path / "b.csv", {**plain, "state": "rectified"})
    assert register.hazards()["state"].tolist() == ["rectified"]


@pytest.mark.parametrize(
    "contents",
    [
        [row("7", "鸟窝"), row("7", "断线落地"), row("7", "电杆歪了")],
        [row("7", "鸟窝"), row("7", "鸟窝", state="closed", closed="2024-08-12"), row("8", "鸟窝", x=625, day=14)],
        [row("7", "鸟窝"), row("7", "鸟窝", state="rectified"), row("7", "鸟窝", state="assigned")],
        [row("7", "鸟窝", day=14), row("7", "鸟窝", state="closed", closed="2024-08-12"), row("9", "鸟窝", x=2400)],
    ],
)
def test_the_order_of_what_is_said_does_not_matter(ground, tmp_path, contents):
    seen = []
    for number, order in enumerate(itertools.permutations(contents)):
        with opened(tmp_path / f"{number}.gpkg", ground) as register:
            for one in order:
                take(register, ground, tmp_path / "a.csv", one)
            seen.append(picture(register))
    assert all(one == seen[0] for one in seen), seen


def test_a_request_of_a_known_id_is_done_or_set_aside(register, ground, tmp_path):
    lon, lat = at(620, 5)
    ask = {"request_id": "R-1", "kind": "dispute", "due": "2024-08-26", "state": "open", "lon": lon, "lat": lat,
           "坐标系": "WGS84", "minutes": 30}  # fmt: skip
    take(register, ground, tmp_path / "a.csv", ask)
    got = take(register, ground, tmp_path / "b.csv", {**ask, "due": "2024-09-26"})
    assert len(got.aside) == 1
    assert [one.code for one in got.findings if one.level == "suspicion"] == ["hazards.other_content"]
    take(register, ground, tmp_path / "c.csv", {**ask, "state": "done"})
    assert register.requests()["state"].tolist() == ["done"]


def test_who_is_forgotten_stays_so_when_the_list_comes_again(register, ground, tmp_path):
    take(register, ground, tmp_path / "a.csv", row("7", "鸟窝", 上报人="欧阳植入"))
    register.erase_person(register.reports()["report_id"][0], at=NOW, **OFFICE)
    take(register, ground, tmp_path / "b.csv", row("7", "喜鹊窝", 上报人="欧阳植入"))
    assert len(register.reports()) == 2
    assert register.identities().empty
