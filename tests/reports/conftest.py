"""A small plan made by hand: two crews, two days, a hazard, an emergency, and things left out."""

import copy

import pytest

from paper_cases import known_of
from patrol.plan import Plan, check_form, encode_line

ZONE = "+08:00"


def task(kind, label, label_zh, **extra):
    base = {"kind": kind, "label": label, "label_zh": label_zh, "zone_id": "Z01", "mandatory": 0}
    return {**base, "lon": 106.5, "lat": 38.9, "due": "2024-08-10", "overdue_days": 0, "assumed": False, **extra}


def section(number, **extra):
    poles = {"first_pole": f"{number}0", "last_pole": f"{number}9", "feeder_id": "F1", "section_id": f"F1-{number}"}
    names = (f"Feeder 1 {number}0-{number}9", f"城东线{number}0-{number}9号杆")
    return task("section", *names, **{**poles, "length_m": 450.0, "prize_milli_ecm": 1000 * number, **extra})


def stop(kind, task_id, day, times, direction=0, lon=106.5, travel_s=600, distance_m=2345):
    arrive, start, leave = (f"{day}T{time}:00{ZONE}" for time in times)
    head = {"kind": kind, "task_id": task_id, "direction": direction, "option": 0 if task_id else -1}
    times = {"arrive": arrive, "start_service": start, "leave": leave}
    return {**head, **times, "lon": lon, "lat": 38.9, "travel_s": travel_s, "distance_m": distance_m}


def shift(crew, day, route, **extra):
    start, end = route[0]["leave"], route[-1]["arrive"]
    line = encode_line([[106.5, 38.9], [106.51, 38.91]])
    return {
        "shift_id": f"{day}/{crew}", "crew_id": crew, "name": f"Crew {crew}", "name_zh": f"{crew}班",
        "party": "enterprise", "mode": "vehicle", "people": 2, "profile": "vehicle-crew", "date": day, "start": start,
        "end": end, "route": route, "legs": [{"to": 1, "kind": "drive", "line": line}], "travel_s": 1800,
        "service_s": 3600, "wait_s": 0, "break_s": 900, "distance_m": 4690, "walk_m": 450, **extra,
    }  # fmt: skip


def document():
    tasks = {
        "S:1": section(1),
        "S:2": section(2, overdue_days=12, mandatory=1, due="2024-08-04"),
        "S:3": section(3, assumed=True, due="2024-08-20"),
        "S:4": section(4, mandatory=1, due="2024-08-01", overdue_days=15),
        "H:7": task("hazard", "Bird nest, Feeder 1 12", "杆塔鸟窝,城东线12号杆", hazard_class="serious", zone_id="Z02"),
        "H:8": task("hazard", "Fire, Feeder 1 30", "山火,城东线30号杆", hazard_class="emergency", mandatory=100),
        "V:1": task("service", "Station", "服务站"),
    }
    first = [
        stop("start", "", "2024-08-16", ("08:30", "08:30", "08:30"), travel_s=0, distance_m=0),
        stop("section", "S:1", "2024-08-16", ("08:40", "08:40", "09:10"), 1),
        stop("section", "S:2", "2024-08-16", ("09:20", "09:20", "09:50"), -1),
        stop("break", "", "2024-08-16", ("10:00", "10:00", "10:15"), travel_s=0, distance_m=0),
        stop("visit", "H:7", "2024-08-16", ("10:25", "10:30", "10:45")),
        stop("end", "", "2024-08-16", ("11:00", "11:00", "11:00")),
    ]
    second = [
        stop("start", "", "2024-08-17", ("08:30", "08:30", "08:30"), travel_s=0, distance_m=0),
        stop("section", "S:3", "2024-08-17", ("08:40", "08:40", "09:10")),
        stop("end", "", "2024-08-17", ("09:20", "09:20", "09:20")),
    ]
    emergency = {"code": "call_now", "task_id": "H:8", "numbers": {"power": "95598", "fire": "119"}}
    return {
        "schema": "patrol-plan/1",
        "project": {"name": "Demo", "name_zh": "示例", "timezone": "Asia/Shanghai", "synthetic": True},
        "from": "2024-08-16", "days": 2, "problem_sha256": "0" * 64, "inputs": {},
        "settings": {"profiles": ["foot", "vehicle-crew"], "language": "zh"},
        "engine": "ortools", "seed": 1, "iterations": 400, "stopped_by": "iterations",
        "shifts": [
            shift("C1", "2024-08-16", first),
            shift("C2", "2024-08-17", second, party="villager", mode="foot", name="", name_zh="李家村"),
        ],
        "tasks": tasks,
        "dropped": [
            {"task_id": "H:8", "reason": "not_allowed"},
            {"task_id": "S:4", "reason": "outranked"},
            {"task_id": "V:1", "reason": "brand_new_code"},
        ],
        "figures": {
            "due": 7, "planned": 4, "dropped": 3, "hours_needed": 6.5, "hours_available": 5.0,
            "hours_by_party": {
                "villager": {"available": 2.0, "used": 0.5, "shifts": 1},
                "enterprise": {"available": 3.0, "used": 1.5, "shifts": 1},
            },
            "patrol_km": 1.35, "drive_km": 9.38, "walk_km": 0.9, "value_ecm": 6.0, "mandatory_served": 1,
        },
        "notes": [
            {**emergency, "label": "Fire, Feeder 1 30", "label_zh": "山火,城东线30号杆"},
            {"code": "assumed_due", "count": 1},
            {"code": "placeholder_crews", "count": 2},
            {"code": "task.unreachable", "task_id": "S:7", "label": "Place 7", "label_zh": "七处", "text": "x",
             "why": [{"code": "far_road", "metres": 2310, "limit": 1500}]},
            {"code": "task.unreachable", "task_id": "S:8", "label": "Place 8", "label_zh": "八处", "text": "y",
             "why": [{"code": "no_road"}]},
            {"code": "idle_crew", "crew_id": "C9", "name": "Crew 9", "name_zh": "九班", "why": "not_worth"},
            {"code": "network.customers_kva", "source": "equipment", "count": 33, "text": "33 lack counts",
             "values": {"all": 298, "feeders": 8}},
            {"code": "project.emergency_numbers", "source": "project.toml", "count": 1, "text": "x"},
            {"code": "calendar.unmatched", "source": "calendar.toml", "count": 2, "text": "x"},
            {"code": "hazards.shifted", "source": "points.csv", "count": 1, "text": "GCJ?"},
        ],
    }  # fmt: skip


@pytest.fixture
def make_plan():
    """Return a builder: ``make_plan(edit)`` gives a plan after ``edit(document)`` changed a fresh document."""

    def build(edit=None):
        doc = copy.deepcopy(document())
        if edit:
            edit(doc)
        assert not check_form(doc, "plan.json")
        return Plan(doc)

    return build


@pytest.fixture
def plan(make_plan):
    return make_plan()


@pytest.fixture
def empty_plan(make_plan):
    return make_plan(lambda doc: doc.update(shifts=[], tasks={}, dropped=[], figures={}, notes=[]))


@pytest.fixture
def known(plan):
    return known_of(plan)
