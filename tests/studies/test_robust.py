"""A plan lived many times: on time where nothing varies, late where everything does, the same for the same seed."""

import dataclasses
from datetime import datetime, timedelta

import pytest

from joint_office import visits, write_office
from patrol.api import plan_all
from patrol.errors import PlanError
from patrol.plan import Plan
from patrol.planning import figures, joint, meeting
from patrol.studies import robust
from patrol.studies.robust import relive
from tiny import write_tiny


@pytest.fixture(scope="module")
def planned(tmp_path_factory):
    return plan_all(write_tiny(tmp_path_factory.mktemp("robust") / "tiny"), start="2024-08-16", days=2, iterations=500)


def test_without_spread_every_shift_ends_as_planned(planned):
    found = relive(planned, runs=3, spread=0.0)
    assert (found.shifts_on_time, found.latest_min) == (1.0, 0.0)
    assert found.shifts == len(planned.plan.shifts) > 0


def test_the_same_seed_gives_the_same_days(planned):
    assert relive(planned, runs=50, seed=4) == relive(planned, runs=50, seed=4)


def test_a_day_without_slack_is_late_and_slack_helps(planned):
    document = planned.plan.document
    ends = {shift["shift_id"]: shift["end"] for shift in document["shifts"]}
    rows = planned.built.shifts
    tight = rows.assign(closes=[
        seconds(ends[shift]) if shift in ends else closes
        for shift, closes in zip(rows["shift_id"], rows["closes"], strict=True)
    ])  # fmt: skip

    def lived(slack):
        built = dataclasses.replace(planned.built, shifts=tight.assign(slack_s=slack))
        return relive(dataclasses.replace(planned, built=built), runs=200).shifts_on_time

    assert lived(0) < 0.8
    assert lived(0) < lived(300) < lived(3600) == 1.0


def seconds(text):
    hours, minutes, rest = (int(part) for part in text[11:19].split(":"))
    return hours * 3600 + minutes * 60 + rest


def test_an_appointment_is_missed_by_whoever_is_late(planned):
    document = planned.plan.document
    shift = next(one for one in document["shifts"] if sum(stop["kind"] == "section" for stop in one["route"]) > 1)
    last = max(k for k, stop in enumerate(shift["route"]) if stop["kind"] == "section")

    def with_joint(at):
        route = [dict(stop) for stop in shift["route"]]
        route[last]["joint"] = {"id": "R:1", "state": "proposed", "with": ["X"], "at": at}
        return dataclasses.replace(planned, plan=Plan({**document, "shifts": [{**shift, "route": route}]}))

    start = shift["route"][last]["start_service"]
    assert relive(with_joint(start), runs=100, spread=0.1).appointments_met == 1.0
    early = start[:11] + "07:00:00" + start[19:]
    assert relive(with_joint(early), runs=100).appointments_met == 0.0


def test_numbers_that_make_no_sense_are_all_named(planned):
    with pytest.raises(PlanError) as error:
        relive(planned, runs=0, spread=2.0)
    assert {one.code for one in error.value.findings} == {"robust.runs", "robust.spread"}


def test_a_party_that_comes_early_waits_no_longer_than_the_tolerance_asks(planned):
    """20 minutes before the appointment, with a tolerance of 15, it begins 5 minutes later than planned."""
    document = planned.plan.document
    shift = next(one for one in document["shifts"] if sum(stop["kind"] == "section" for stop in one["route"]) > 1)
    last = max(k for k, stop in enumerate(shift["route"]) if stop["kind"] == "section")
    route = [dict(stop) for stop in shift["route"][: last + 1]] + [dict(shift["route"][-1])]
    start = datetime.fromisoformat(route[last]["start_service"])
    at = (start + timedelta(minutes=20)).isoformat()
    route[last]["joint"] = {"id": "R:1", "state": "proposed", "with": ["X"], "at": at}
    home = datetime.fromisoformat(route[last]["leave"]) + timedelta(seconds=route[-1]["travel_s"])
    rows = planned.built.shifts
    built = dataclasses.replace(planned.built, shifts=rows.assign(closes=seconds(home.isoformat()), slack_s=0))
    plan = Plan({**document, "shifts": [{**shift, "route": route}]})
    assert planned.layers.project.settings.defence.joint_tolerance_min == 15
    found = relive(dataclasses.replace(planned, built=built, plan=plan), runs=2, spread=0.0)
    assert found.latest_min == pytest.approx(5.0)
    assert found.appointments_met == 1.0


def test_appointments_are_met_by_whoever_plans_to_be_there_before(tmp_path, monkeypatch):
    """After a morning's work the enterprise is late in one of ten days, unless each party plans to be there early."""
    settings = "\n[settings.defence]\nspread = 0.3\n[settings.planning]\nshift_ecm = 0\n"
    folder = write_office(
        tmp_path / "o", zones=("", "", ""), settings=settings, request={"due": "2024-08-17", "minutes": 60}
    )

    def lived():
        planned = plan_all(folder, start="2024-08-16", days=2, iterations=2000)
        assert max([s["task_id"] for s in shift["route"]].index("R:J1/enterprise")
                   for shift, _ in visits(planned.plan.document) if shift["party"] == "enterprise") > 1  # fmt: skip
        return planned.plan.figures["slack"]["before_meetings"], relive(planned, runs=400)

    hours, found = lived()
    assert found.appointments == 1
    assert found.appointments_met >= 0.95
    assert found.shifts_on_time >= 0.9
    assert hours == pytest.approx(2 * 7 / 60, abs=0.01), "7 minutes of each party: the price"
    for module in (joint, meeting, figures, robust):
        monkeypatch.setattr(module, "before_meeting_s", lambda _: 0)
    monkeypatch.setattr(joint, "spare_s", lambda _: None)
    hours, found = lived()
    assert hours == 0
    assert found.appointments_met < 0.95


def test_who_is_early_waits_for_the_others(planned):
    """Two crews meet: the one that is there at once begins with the one that comes 20 minutes later."""
    document = planned.plan.document
    shift = next(one for one in document["shifts"] if sum(stop["kind"] == "section" for stop in one["route"]) > 1)
    first = next(k for k, stop in enumerate(shift["route"]) if stop["kind"] == "section")
    start = datetime.fromisoformat(shift["route"][first]["start_service"])
    at = (start + timedelta(minutes=15)).isoformat()

    def trip(name, minutes):
        route = [dict(stop) for stop in shift["route"][: first + 1]] + [dict(shift["route"][-1])]
        route[first]["joint"] = {"id": "R:1", "state": "proposed", "with": ["X"], "at": at}
        route[first]["travel_s"] += 60 * minutes
        return {**shift, "shift_id": name, "route": route}

    rows = planned.built.shifts.head(2).assign(shift_id=["A", "B"], closes=0, slack_s=0)
    built = dataclasses.replace(planned.built, shifts=rows)

    def home(*trips):
        plan = Plan({**document, "shifts": list(trips)})
        return relive(dataclasses.replace(planned, built=built, plan=plan), runs=1, spread=0.0)

    alone, both = home(trip("A", 0)), home(trip("A", 0), trip("B", 20))
    assert (alone.appointments, both.appointments, both.appointments_met) == (1, 1, 1.0)
    assert both.latest_min - alone.latest_min == pytest.approx(20, abs=0.1)
    late = home(trip("A", 0), trip("B", 40))
    assert late.appointments_met == 0.0, "40 minutes after it came it is 25 after the time"
