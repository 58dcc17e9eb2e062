"""Tampered plan files: each kind is caught under the name of its own rule."""

import copy
import gzip
from datetime import datetime, timedelta

import pytest

from patrol.api import plan_all, write_outputs
from patrol.plan import Plan, to_bytes
from patrol.planning.audit import audit
from patrol.planning.beside import problem_file
from patrol.project import read_project
from tiny import write_tiny


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = write_tiny(tmp_path_factory.mktemp("audit") / "tiny")
    with (folder / "project.toml").open("a", encoding="utf-8") as file:
        file.write("\n[settings.planning]\nshift_ecm = 0\n")  # else the villager stays at home
    planned = plan_all(folder, start="2024-08-16", days=5)
    write_outputs(planned, folder / "plan")
    return folder, planned.plan.document


@pytest.fixture(scope="module")
def busy(tmp_path_factory):
    """One lone driver with a whole morning's work and a rest in it."""
    folder = write_tiny(tmp_path_factory.mktemp("busy") / "tiny")
    rows = (folder / "crews.csv").read_text("utf-8-sig").splitlines()
    (folder / "crews.csv").write_text("\n".join([rows[0], rows[2]]), "utf-8-sig")
    planned = plan_all(folder, start="2024-08-16", days=1)
    write_outputs(planned, folder / "plan")
    return folder, planned.plan.document


def codes(made, document, *, project=False):
    folder, _ = made
    found = audit(Plan(document), folder / "plan", read_project(folder) if project else None)
    return {item.code for item in found}


def later(text, seconds):
    return (datetime.fromisoformat(text) + timedelta(seconds=seconds)).isoformat()


def shift_of(document, kind="section"):
    return next(s for s in document["shifts"] if any(stop["kind"] == kind for stop in s["route"]))


def stop_of(document, kind="section"):
    return next(stop for stop in shift_of(document, kind)["route"] if stop["kind"] == kind)


def test_a_good_plan_is_good(made):
    assert codes(made, made[1]) == set()
    assert codes(made, made[1], project=True) == set()


# Each entry: the rule that must be named, and how the plan is broken.
def drop_stop(d):
    shift = shift_of(d)
    shift["route"] = [stop for stop in shift["route"] if stop is not stop_of(d)]


def serve_twice(d):
    shift = shift_of(d)
    shift["route"].insert(2, copy.deepcopy(stop_of(d)))


def serve_and_drop(d):
    d["dropped"].append({"task_id": stop_of(d)["task_id"], "reason": "outranked"})


def unknown_task(d):
    stop_of(d)["task_id"] = "S:nowhere"


def unknown_option(d):
    stop_of(d)["option"] = 99


def turn_round(d):
    stop = stop_of(d)
    stop["direction"] = {1: -1, -1: 1, 0: 1}[stop["direction"]]


def early_arrival(d):
    stop = stop_of(d)
    stop["arrive"] = later(stop["arrive"], -60)


def short_service(d):
    stop = stop_of(d)
    stop["leave"] = later(stop["leave"], -300)


def leave_before_opening(d):
    shift = shift_of(d)
    shift["start"] = later(shift["start"], -7200)
    for key in ("arrive", "start_service", "leave"):
        shift["route"][0][key] = shift["start"]


def home_late(d):
    shift = shift_of(d)
    shift["end"] = later(shift["end"], 6 * 3600)
    for key in ("arrive", "start_service", "leave"):
        shift["route"][-1][key] = shift["end"]


def fast_leg(d):
    next(stop for stop in shift_of(d)["route"] if stop["travel_s"] > 10)["travel_s"] -= 10


def short_leg(d):
    next(stop for stop in shift_of(d)["route"] if stop["distance_m"] > 10)["distance_m"] -= 10


def swap_crew(d):
    shift = shift_of(d)
    shift["crew_id"] = "E9"


def other_day(d):
    shift_of(d)["date"] = "2024-08-21"


def move_point(d):
    stop_of(d)["lon"] += 0.001


def unknown_shift(d):
    shift_of(d)["shift_id"] = "2024-08-16/X"


def repeat_shift(d):
    d["shifts"].append(copy.deepcopy(shift_of(d)))


def forget_dropped(d):
    d["dropped"] = d["dropped"][1:]


def drop_twice(d):
    d["dropped"].append(copy.deepcopy(d["dropped"][0]))


def invent_dropped(d):
    d["dropped"].append({"task_id": "S:nowhere", "reason": "outranked"})


def wrong_total(key):
    def change(d):
        shift_of(d)[key] += 7

    return change


def inflate_value(d):
    d["figures"]["value_ecm"] += 100


def inflate_mandatory(d):
    d["figures"]["mandatory_weight_planned"] += 1


def forget_task(d):
    d["tasks"].pop(sorted(d["tasks"])[0])


def other_offset(d):
    stop = stop_of(d)
    stop["arrive"] = stop["arrive"].replace("+08:00", "+09:00")


def no_time(d):
    stop_of(d)["arrive"] = "2024-08-16T99:00:00+08:00"


def no_date(d):
    d["from"] = "2024-13-45"


def lose_end(d):
    shift_of(d)["route"][-1]["kind"] = "break"


def long_break(d):
    stop = stop_of(d, "break")
    stop["leave"] = later(stop["leave"], 60)


def lose_break(d):
    shift = shift_of(d, "break")
    shift["route"] = [stop for stop in shift["route"] if stop["kind"] != "break"]


def service_in_window(d):
    """Serve the station before it opens."""
    for shift in d["shifts"]:
        for stop in shift["route"]:
            if stop["task_id"] == "V:P1":
                for key in ("arrive", "start_service", "leave"):
                    stop[key] = stop[key][:11] + "08:10:00+08:00"


def villager_to_fire(d):
    """Give the fire's visit to the villager's shift."""
    shift = next(s for s in d["shifts"] if s["party"] == "villager")
    stop = next(stop for s in d["shifts"] for stop in s["route"] if stop["task_id"] == "H:HZ3")
    shift["route"].insert(1, copy.deepcopy(stop))


def another_day(d):
    d["days"] += 1


def another_engine(d):
    d["engine"] = "magic"


def another_stop(d):
    d["stopped_by"] = "luck"


def leg_of(d):
    shift = next(s for s in d["shifts"] if s["legs"])
    return shift, shift["legs"][0]


def leg_elsewhere(d):
    leg_of(d)[1]["line"][0] += 5000


def leg_of_nothing(d):
    leg_of(d)[1]["line"] = [1, 2, 3]


def leg_to_nowhere(d):
    leg_of(d)[1]["to"] = 99


def leg_lost(d):
    shift, leg = leg_of(d)
    shift["legs"].remove(leg)


def leg_flown(d):
    leg = leg_of(d)[1]
    leg["kind"] = {"walk": "drive", "drive": "walk"}[leg["kind"]]


TAMPER = [
    (another_day, "plan.days"), (another_engine, "plan.engine"), (another_stop, "plan.stopped_by"),
    (leg_elsewhere, "leg.ends"), (leg_of_nothing, "leg.ends"), (leg_to_nowhere, "leg.order"), (leg_lost, "leg.missing"),
    (leg_flown, "leg.kind"),
    (drop_stop, "task.missing"), (serve_twice, "task.served_twice"), (serve_and_drop, "task.served_and_dropped"),
    (unknown_task, "stop.unknown_task"), (unknown_option, "stop.unknown_option"), (turn_round, "stop.direction"),
    (early_arrival, "time.arrive"), (short_service, "time.leave"), (leave_before_opening, "time.depart_before_open"),
    (home_late, "shift.closes"), (fast_leg, "leg.travel"), (short_leg, "leg.distance"), (swap_crew, "shift.label"),
    (other_day, "shift.label"), (move_point, "stop.position"), (unknown_shift, "shift.unknown"),
    (repeat_shift, "route.repeated_shift"), (invent_dropped, "dropped.unknown"),
    (wrong_total("travel_s"), "total.travel_s"), (wrong_total("service_s"), "total.service_s"),
    (wrong_total("wait_s"), "total.wait_s"), (wrong_total("break_s"), "total.break_s"),
    (wrong_total("distance_m"), "total.distance_m"), (wrong_total("walk_m"), "total.walk_m"),
    (inflate_value, "value.sum"), (inflate_mandatory, "mandatory.sum"), (forget_task, "tasks.differ"),
    (other_offset, "time.malformed"), (no_time, "time.malformed"), (no_date, "date.malformed"),
    (lose_end, "route.ends"), (villager_to_fire, "party.not_allowed"), (service_in_window, "window.missed"),
]  # fmt: skip


@pytest.mark.parametrize(("change", "code"), TAMPER, ids=lambda x: getattr(x, "__name__", x))
def test_a_broken_plan_is_caught_under_its_rule(made, change, code):
    document = copy.deepcopy(made[1])
    change(document)
    assert document != made[1], "the change must change something"
    assert code in codes(made, document)


@pytest.mark.parametrize(("change", "code"), [(long_break, "break.length"), (lose_break, "break.missing")])
def test_a_broken_rest_is_caught_under_its_rule(busy, change, code):
    test_a_broken_plan_is_caught_under_its_rule(busy, change, code)


@pytest.mark.parametrize(("change", "code"), [(forget_dropped, "task.missing"), (drop_twice, "dropped.repeated")])
def test_broken_lists_of_what_was_left_out(made, change, code):
    document = copy.deepcopy(made[1])
    stop = stop_of(document)
    document["dropped"].append({"task_id": stop["task_id"], "reason": "outranked"})
    shift = shift_of(document)
    shift["route"].remove(stop)
    change(document) if change is not forget_dropped else document["dropped"].clear()
    assert code in codes(made, document)


@pytest.mark.parametrize("reason", ["because", "", "unreachable now"])
def test_a_reason_that_there_is_not(made, reason):
    document = copy.deepcopy(made[1])
    stop = stop_of(document)
    document["dropped"].append({"task_id": stop["task_id"], "reason": reason})
    shift_of(document)["route"].remove(stop)
    assert "dropped.reason" in codes(made, document)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("tasks", "H:HZ1", "label"), "harmless"), (("project", "synthetic"), False), (("figures", "planned"), 999),
        (("figures", "hours_available"), 1.0), (("engine",), "greedy"), (("notes",), []), (("shifts", 0, "people"), 9),
        (("seed",), 10**6), (("legs",), None),
    ],
)  # fmt: skip
def test_what_only_the_project_knows_is_compared_with_it(made, path, value):
    document = copy.deepcopy(made[1])
    node = document
    if path == ("legs",):  # another way from the one stop to the other
        line = document["shifts"][0]["legs"][0]["line"]
        line[2:4] = [line[2] + 40, line[3] + 40]
        line[4:6] = [line[4] - 40, line[5] - 40]
    else:
        for key in path[:-1]:
            node = node[key]
        node[path[-1]] = value
    expected = set() if path in {("engine",), ("seed",)} else {"plan.differs"}
    assert codes(made, document, project=True) == expected


@pytest.mark.parametrize("code", ["no_option", "costs_more", "too_long", "not_placed"])
def test_a_reason_that_is_not_the_right_one(busy, code):
    """With the project each reason is found again from the routes."""
    document = copy.deepcopy(busy[1])
    item = document["dropped"][0]
    assert item["reason"] != code
    item["reason"] = code
    assert codes(busy, document, project=True) == {"plan.differs"}
    assert codes(busy, busy[1], project=True) == set()


def test_a_changed_project_is_named(made, tmp_path):
    folder, document = made
    other = write_tiny(tmp_path / "tiny")
    text = (other / "hazards.csv").read_text("utf-8-sig").replace("HZ1", "HZ9")
    (other / "hazards.csv").write_text(text, "utf-8-sig")
    found = audit(Plan(document), folder / "plan", read_project(other))
    assert [(item.code, item.source) for item in found] == [("project.changed", "hazards")]


def test_another_setting_makes_another_problem(made, tmp_path):
    folder, document = made
    other = write_tiny(tmp_path / "tiny")
    (other / "project.toml").write_text(
        (other / "project.toml").read_text("utf-8") + "\n[settings.planning]\nshift_ecm = 0\nhour_ecm = 90\n", "utf-8"
    )
    found = audit(Plan(document), folder / "plan", read_project(other))
    assert [item.code for item in found] == ["project.differs"]


def test_a_missing_or_swapped_problem_is_named(made, tmp_path):
    folder, document = made
    name = problem_file(document["problem_sha256"])
    (gone,) = audit(Plan(document), tmp_path)
    assert (gone.code, gone.what) == ("problem.missing", f"{name} is not beside plan.json")
    (tmp_path / name).write_bytes(gzip.compress(b"{}"))
    assert [item.code for item in audit(Plan(document), tmp_path)] == ["problem.hash"]
    (tmp_path / name).write_bytes(b"rubbish")
    (broken,) = audit(Plan(document), tmp_path)
    assert (broken.code, "damaged" in broken.what) == ("problem.missing", True)
    assert to_bytes(document) == (folder / "plan" / "plan.json").read_bytes()
