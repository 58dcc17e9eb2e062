"""Joint tasks in a plan: all parties or none, at one quarter of an hour, and the file says so and cannot lie."""

import copy
from datetime import datetime, timedelta
from types import SimpleNamespace

import pandas as pd
import pytest

from joint_office import left, off, visits, write_office
from patrol.api import plan_all, write_outputs
from patrol.config.defence import DefenceSettings
from patrol.plan import Plan, read_plan
from patrol.planning.audit import audit
from patrol.planning.meeting import with_appointments
from patrol.planning.why_not import explain_plan
from patrol.project import read_project
from patrol.reports.summary import summary
from patrol.reports.tables import dropped_frame, reason_words
from patrol.reports.why_not import answer
from patrol.routing.model import Route, Stop, Task

START = "2024-08-16"


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = write_office(tmp_path_factory.mktemp("meeting") / "office")
    planned = plan_all(folder, start=START, days=5)
    write_outputs(planned, folder / "plan")
    return folder, read_plan(folder / "plan").document


def codes(made, document):
    folder, _ = made
    return {(item.code, item.source) for item in audit(Plan(document), folder / "plan", read_project(folder))}


def test_both_parties_come_at_one_quarter_of_an_hour(made):
    _folder, document = made
    (one, here), (other, there) = visits(document)
    assert {one["party"], other["party"]} == {"enterprise", "government"}
    assert one["date"] == other["date"]
    assert one["date"] > START, "the government is told a day before"
    assert one["date"] <= "2024-08-19", "and it is due on Monday"
    assert here["joint"]["at"] == there["joint"]["at"]
    at = datetime.fromisoformat(here["joint"]["at"])
    assert (at.minute % 15, at.second) == (0, 0)
    for stop in (here, there):
        assert abs(datetime.fromisoformat(stop["start_service"]) - at) <= timedelta(minutes=15)
        assert stop["joint"]["state"] == "proposed"
        assert stop["joint"]["confirmed"] == {}
    assert here["joint"]["with"] == [other["crew_id"]]
    assert there["joint"]["with"] == [one["crew_id"]]
    assert codes(made, document) == set(), "and the plan is good"


@pytest.mark.parametrize(("key", "value"), [
    ("at", "2024-08-19T11:00:00+08:00"), ("state", "confirmed"), ("with", ["V1"]), ("confirmed", {"government": START}),
])  # fmt: skip
def test_a_tampered_appointment_is_found(made, key, value):
    document = copy.deepcopy(made[1])
    visits(document)[0][1]["joint"][key] = value
    assert document != made[1]
    found = codes(made, document)
    assert found
    assert {code for code, _ in found} == {"plan.differs"}
    assert all("/joint/" in source for _, source in found)


def test_one_party_alone_is_found(made):
    document = copy.deepcopy(made[1])
    shift, stop = visits(document)[0]
    shift["route"].remove(stop)
    document["dropped"].append({"task_id": stop["task_id"], "reason": "outranked"})
    assert "tie.half" in {code for code, _ in codes(made, document)}


def test_without_one_party_nobody_goes(tmp_path):
    rows = off("G1", *(f"2024-08-{day}" for day in range(16, 21)))
    document = plan_all(write_office(tmp_path / "o", roster=rows), start=START, days=5, engine="greedy").plan.document
    assert visits(document) == []
    assert set(left(document)) >= {"R:J1/enterprise", "R:J1/government"}


def test_where_a_party_must_keep_away_nobody_is_sent(tmp_path):
    folder = write_office(tmp_path / "o", request={"parties": "enterprise+villager"}, weekdays=("", "", "", "1234567"))
    # The verified tree at the request's place becomes a broken pole: villagers keep away from it.
    text = (folder / "hazards.csv").read_text("utf-8-sig").replace("V01", "S05")
    (folder / "hazards.csv").write_text(text, "utf-8-sig")
    rows = (folder / "requests.csv").read_text("utf-8-sig").splitlines()
    hazard = next(row for row in text.splitlines() if "S05" in row).split(",")
    cells = [*rows[1].split(",")[:-2], *hazard[-2:]]
    (folder / "requests.csv").write_text("\n".join([rows[0], ",".join(cells)]), "utf-8-sig")
    document = plan_all(folder, start=START, days=5, engine="greedy").plan.document
    assert set(left(document)) >= {"R:J1/enterprise", "R:J1/villager"}
    assert visits(document) == []


def test_a_narrow_tolerance_still_finds_its_quarter(tmp_path):
    settings = "\n[settings.defence]\njoint_tolerance_min = 0\n"
    folder = write_office(tmp_path / "o", settings=settings)
    document = plan_all(folder, start=START, days=5).plan.document
    starts = {stop["start_service"] for _, stop in visits(document)}
    assert len(visits(document)) == 2
    assert starts == {visits(document)[0][1]["joint"]["at"]}


def test_a_rest_after_the_appointment_is_no_part_of_it():
    parties = ("enterprise", "government")
    names = [f"R:1/{party}" for party in parties]
    built = SimpleNamespace(
        problem=SimpleNamespace(tasks=[Task(name, ()) for name in names]),
        tasks=pd.DataFrame({"task_id": names, "joint": "R:1"}),
        project=SimpleNamespace(settings=SimpleNamespace(defence=DefenceSettings()), timezone="Asia/Shanghai"),
        held={},
    )
    pause = Stop("break", -1, -1, 40_000, 40_000, 41_000, 0, 0)
    routes = tuple(Route(k, 0, (Stop("task", k, 0, 36_000, 36_000, 37_000, 0, 0), pause), 0, 0, 0) for k in range(2))
    entries = [
        {"crew_id": f"C{k}", "party": party, "date": START, "route": [{"task_id": name}, {"task_id": ""}]}
        for k, (party, name) in enumerate(zip(parties, names, strict=True))
    ]
    got = with_appointments(built, SimpleNamespace(routes=routes), entries)
    assert {entry["route"][0]["joint"]["at"] for entry in got} == {f"{START}T10:00:00+08:00"}
    assert [entry["route"][0]["joint"]["with"] for entry in got] == [["C1"], ["C0"]]
    assert all("joint" not in entry["route"][1] for entry in got)


def test_what_cannot_be_told_in_time_is_left_out_with_its_reason_everywhere(tmp_path):
    """A plan of one day, and the government must be told a day before: counted, explained, and on every paper."""
    folder = write_office(tmp_path / "o", request={"due": START})
    planned = plan_all(folder, start=START, days=1, engine="greedy")
    write_outputs(planned, folder / "plan")
    plan = read_plan(folder / "plan")
    both = ["R:J1/enterprise", "R:J1/government"]
    assert {task: why for task, why in left(plan.document).items() if task in both} == dict.fromkeys(both, "notice")
    assert audit(plan, folder / "plan", read_project(folder)) == ()
    figures = plan.figures
    assert figures["by_kind"]["request"] == {"due": 2, "planned": 0, "dropped": 2}
    assert figures["mandatory_due"] - figures["mandatory_planned"] >= 1
    assert figures["mandatory_weight"] - figures["mandatory_weight_planned"] >= 2
    rows = explain_plan(plan, folder / "plan", ["R:J1/government", "J1/enterprise"])
    assert [(row["code"], row["label"], row["relaxations"]) for row in rows] == [
        ("notice", "proved", [{"kind": "notice", "date": "2024-08-17"}])
    ] * 2
    for lang, words in (("zh", ("提前1天通知", "2024-08-17")), ("en", ("1 days before", "2024-08-17"))):
        said = " ".join(answer(rows[0], plan.tasks, lang))
        assert all(word in said for word in words), said
    page = (folder / "plan" / "index.html").read_text("utf-8")
    for lang in ("zh", "en"):
        why = reason_words("notice", lang)
        assert "notice" not in why.split(" ")
        assert why in page
        assert why in summary(plan, lang)
        assert any(why in str(cell) for cell in dropped_frame(plan, lang).to_numpy().ravel())


def test_a_longer_plan_makes_room_for_the_notice(tmp_path):
    """What the answer names is true: with the plan until that day the appointment is in it."""
    folder = write_office(tmp_path / "o", request={"due": START})
    planned = plan_all(folder, start=START, days=2, iterations=50)
    assert {shift["date"] for shift, _ in visits(planned.plan.document)} == {"2024-08-17"}


def test_a_joint_round_that_comes_again_is_listed_and_agreed_upon_later(tmp_path):
    """A station that two parties see to every week, in two weeks: the first is planned, the second has its reason."""
    folder = write_office(tmp_path / "o", request={"state": "done"}, zones=("", "", ""))
    points = (folder / "service_points.csv").read_text("utf-8-sig").splitlines()
    head, first, *_ = points
    rows = [head + ",parties,last_visit", first + ",enterprise+government,2024-08-12"]
    (folder / "service_points.csv").write_text("\n".join(rows) + "\n", "utf-8")
    document = plan_all(folder, start=START, days=14, iterations=200).plan.document
    assert len(visits(document, "V:P1")) == 2
    assert {task: why for task, why in left(document).items() if task.startswith("V:P1")} == {
        "V:P1#2/enterprise": "agreed_later", "V:P1#2/government": "agreed_later",
    }  # fmt: skip
    assert document["tasks"]["V:P1#2/enterprise"]["due"] == "2024-08-26"
    assert document["tasks"]["V:P1#2/enterprise"]["mandatory"] == 0
