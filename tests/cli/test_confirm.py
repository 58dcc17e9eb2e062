"""``patrol plan confirm`` as an office uses it: plan, confirm, plan again, move; and what it refuses."""

import json
import shutil

import pytest

from commands import run
from joint_office import visits, write_office
from patrol.layers.appointments import read_appointments
from patrol.project import read_project

START = "2024-08-16"


def plan(folder, out, *more):
    """Plan five days and return the document; the greedy engine is enough for it."""
    code, said = run("plan", folder, "--from", START, "--days", 5, "--out", out, "--engine", "greedy", *more)
    assert code == 0, said
    return json.loads((out / "plan.json").read_text("utf-8"))


def confirm(folder, out, *parties, joint="J1", on=START):
    named = [word for party in parties for word in ("--party", party)]
    return run("plan", "confirm", out, joint, *named, "--project", folder, "--on", on)


def when(document):
    return {(shift["crew_id"], stop["joint"]["at"], stop["joint"]["state"]) for shift, stop in visits(document)}


@pytest.fixture(scope="module")
def planned(tmp_path_factory):
    folder = write_office(tmp_path_factory.mktemp("confirm") / "office")
    plan(folder, folder / "plan")
    return folder


@pytest.fixture
def office(planned, tmp_path):
    """A copy of the planned project that a test may change."""
    return shutil.copytree(planned, tmp_path / "office")


def document_of(folder, name="plan"):
    return json.loads((folder / name / "plan.json").read_text("utf-8"))


def test_confirmed_by_all_it_stays_and_says_so_until_it_is_moved(office):
    before = when(document_of(office))
    assert {state for _, _, state in before} == {"proposed"}
    code, said = confirm(office, office / "plan", "government")
    assert code == 0
    assert "R:J1" in said
    assert "供电企业" in said.splitlines()[-1], "who is still to confirm"
    code, said = confirm(office, office / "plan", "enterprise", joint="R:J1")
    assert code == 0
    assert "政府" in said.splitlines()[0], "both are named now"
    assert "--move" in said.splitlines()[-1]
    again = when(plan(office, office / "again", "--seed", 7))
    assert {(crew, at) for crew, at, _ in again} == {(crew, at) for crew, at, _ in before}
    assert {state for _, _, state in again} == {"confirmed"}
    assert run("verify", office / "again", "--project", office)[0] == 0
    moved = plan(office, office / "moved", "--move", "J1")
    assert {state for _, _, state in when(moved)} == {"proposed"}
    assert moved["settings"]["moved"] == ["J1"]
    assert run("verify", office / "moved", "--project", office)[0] == 0
    summary = run("plan", office, "--from", START, "--days", 5, "--out", office / "x", "--move", "J9")
    assert summary[0] == 2
    assert "'J9'" in summary[1]


def test_the_project_names_the_file_and_keeps_its_own_words(office):
    toml = office / "project.toml"
    toml.write_bytes(toml.read_bytes().replace(b"\n", b"\r\n"))
    before = toml.read_bytes()
    assert confirm(office, office / "plan", "government")[0] == 0
    after = toml.read_bytes().splitlines()
    assert read_project(office).file("appointments") == office / "appointments.csv"
    assert [line for line in after if not line.startswith(b"appointments")] == before.splitlines()
    assert after.index(b"[inputs]") + 1 == next(k for k, line in enumerate(after) if line.startswith(b"appointments"))
    assert before.count(b"\r\n") == toml.read_bytes().count(b"\r\n"), "lines end as they did"


def test_a_second_word_of_a_party_replaces_its_first(office):
    for day in ("2024-08-16", "2024-08-17"):
        assert confirm(office, office / "plan", "government", on=day)[0] == 0
    (row,) = read_appointments(office / "appointments.csv").to_dict("records")
    assert (row["joint_id"], row["party"], row["crew_id"], row["confirmed"]) == (
        "R:J1",
        "government",
        "G1",
        "2024-08-17",
    )


@pytest.mark.parametrize(("joint", "parties", "on", "named"), [
    ("J2", ["government"], START, "R:J1"), ("J1", ["villager", "fire"], START, "'fire'"),
    ("J1", ["government"], "soon", "'soon'"),
])  # fmt: skip
def test_what_is_wrong_is_named_and_nothing_is_written(office, joint, parties, on, named):
    before = (office / "project.toml").read_bytes()
    code, said = confirm(office, office / "plan", *parties, joint=joint, on=on)
    assert code == 2
    assert named in said
    assert not (office / "appointments.csv").exists()
    assert (office / "project.toml").read_bytes() == before


def test_without_inputs_to_add_it_to_the_file_must_be_named(office):
    toml = office / "project.toml"
    toml.write_text(toml.read_text("utf-8").replace("[inputs]\n", "[ inputs ]\n"), "utf-8")
    code, said = confirm(office, office / "plan", "government")
    assert code == 2
    assert "appointments" in said
    assert not (office / "appointments.csv").exists()


def test_planning_needs_no_name_of_its_own(office):
    assert run("plan", "--help")[0] == 0
    assert "--move" in run("plan", "--help")[1]
    assert "joint" in run("plan", "confirm", "--help")[1]
    code, said = run("plan", "make", "--from", START, "--out", office / "x")
    assert code == 2
    assert "make" in said, "taken for a project folder, not for a command"
