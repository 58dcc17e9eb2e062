"""Nobody is sent into a warned area while the warning holds, and nobody alone into a storm."""

from datetime import date, datetime

import pyproj
import pytest
import shapely

from commands import run
from patrol.api import plan_all
from patrol.planning.audit import audit
from patrol.planning.horizon import prepare
from patrol.planning.under_warning import under_warnings
from patrol.planning.warned import Spell
from patrol.project import read_project
from tiny import at

FIRST = date(2024, 8, 16)
CAP = """<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2"><identifier>NX-1</identifier><sender>nmc@cma.cn</sender>
<sent>2024-08-15T18:00:00+08:00</sent><status>Actual</status><msgType>Alert</msgType><scope>Public</scope><info>
<language>zh-CN</language><category>Met</category><event>{event}</event><urgency>Immediate</urgency>
<severity>Severe</severity><certainty>Likely</certainty><onset>2024-08-16T{begins}:00+08:00</onset>
<expires>2024-08-16T{ends}:00+08:00</expires><headline>{event}</headline>
<area><areaDesc>here</areaDesc><polygon>{area}</polygon></area></info></alert>"""


def polygon(west, south, east, north):
    corners = [(west, south), (east, south), (east, north), (west, north), (west, south)]
    return " ".join(f"{lat},{lon}" for lon, lat in (at(*corner) for corner in corners))


ALL, EAST = polygon(-2000, -2000, 5000, 3000), polygon(1450, -2000, 5000, 3000)


def warned(tiny, event, area, begins="00:00", ends="23:59"):
    text = (tiny / "project.toml").read_text("utf-8").replace("[inputs]\n", '[inputs]\nregister = "register.gpkg"\n', 1)
    (tiny / "project.toml").write_text(text, "utf-8")
    (tiny / "cap.xml").write_text(CAP.format(event=event, area=area, begins=begins, ends=ends), "utf-8")
    code, words = run("hazards", "import", tiny, tiny / "cap.xml")
    assert code == 0, words
    return plan_all(tiny, start=FIRST, days=2, engine="greedy")


def routed(planned, day="2024-08-16"):
    return {shift["crew_id"]: shift["route"][1:-1] for shift in planned.plan.shifts if shift["date"] == day}


def codes(planned):
    return {note["code"] for note in planned.plan.document["notes"]}


def test_lightning_over_the_whole_area_stops_everybody(tiny):
    planned = warned(tiny, "雷电橙色预警", ALL)
    assert routed(planned) == {}
    assert routed(planned, "2024-08-17")
    assert {"shifts.warned", "weather.warned"} <= codes(planned)


def test_lightning_over_a_part_stops_what_is_there(tiny):
    planned = warned(tiny, "雷电橙色预警", EAST)
    assert set(routed(planned)) <= {"E1", "E2"}  # G1 and V1 start inside
    assert routed(planned)
    edge = at(1450, 0)[0]
    assert all(stop["lon"] < edge for stops in routed(planned).values() for stop in stops)
    assert any(stop["lon"] > edge for stops in routed(planned, "2024-08-17").values() for stop in stops)


def test_lightning_of_some_hours_leaves_the_others(tiny):
    planned = warned(tiny, "雷电橙色预警", EAST, "09:30", "11:00")
    edge, times = at(1450, 0)[0], []
    for stop in (stop for stops in routed(planned).values() for stop in stops if stop["lon"] >= edge):
        times.append((stop["start_service"][11:16], stop["leave"][11:16]))
    assert times
    assert all(leave <= "09:30" or start >= "11:00" for start, leave in times)


def test_nobody_is_sent_alone_into_a_storm(tiny):
    planned = warned(tiny, "暴雨红色预警", EAST)
    edge = at(1450, 0)[0]
    people = {shift["crew_id"]: shift["people"] for shift in planned.plan.shifts}
    east = {crew for crew, stops in routed(planned).items() if any(stop["lon"] >= edge for stop in stops)}
    assert {people[crew] for crew in east} == {2}
    assert {"shifts.storm", "weather.warned_alone"} <= codes(planned)


def test_a_warning_elsewhere_changes_nothing(tiny):
    before = plan_all(tiny, start=FIRST, days=2, engine="greedy").plan.shifts
    after = warned(tiny, "雷电橙色预警", polygon(20_000, 0, 30_000, 5000))
    assert after.plan.shifts == before
    assert not {"shifts.warned", "weather.warned"} & codes(after)


def test_verify_builds_the_same_problem_again(tiny, tmp_path):
    from patrol.api import write_outputs

    planned = warned(tiny, "雷电橙色预警", EAST, "09:30", "11:00")
    write_outputs(planned, tmp_path / "out")
    assert audit(planned.plan, tmp_path / "out", read_project(tiny)) == ()


@pytest.mark.parametrize("hours", [(0, 48), (0, 24), (24, 40)])
def test_what_must_be_done_soon_is_done_after_the_warning(tiny, hours):
    ready = prepare(read_project(tiny), first=FIRST, days=5)
    area = shapely.box(*pyproj.Transformer.from_crs(4326, ready.layers.crs, always_xy=True).transform_bounds(
        106, 38, 107, 39
    ))  # fmt: skip
    spell = Spell("register", "雷电", False, hours[0] * 3600, hours[1] * 3600, area)
    built, notes = under_warnings(ready.built, ready.picture.sections, (spell,))
    (note,) = notes
    assert note.count == len(built.problem.tasks)
    midnight = datetime(2024, 8, 16)
    assert f"{midnight:%Y-%m-%d}" in note.what or hours[0]
    for before, task in zip(ready.built.problem.tasks, built.problem.tasks, strict=True):
        longest = max((option.service_s for option in task.options), default=0)
        assert task.windows
        assert task.shifts == before.shifts
        for window in task.windows:
            begins, ends = spell.on(window.day)
            assert window.closes + longest <= begins or window.opens >= ends
    urgent = next(task for task in built.problem.tasks if task.task_id == "H:HZ3")  # by 17 August
    assert {window.day for window in urgent.windows} == {(0, 48): {2}, (0, 24): {1}, (24, 40): {0, 1}}[hours]


def test_what_no_day_is_left_for_nobody_serves(tiny):
    ready = prepare(read_project(tiny), first=FIRST, days=2)
    spell = Spell("register", "雷电", False, 0, 48 * 3600, shapely.box(-1e9, -1e9, 1e9, 1e9))
    built, _ = under_warnings(ready.built, ready.picture.sections, (spell,))
    assert {task.shifts for task in built.problem.tasks} == {()}
