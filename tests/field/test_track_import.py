"""Tracks taken in: off by default, cropped to sections, forgotten in time; ticks and tracks side by side."""

import json
import sqlite3
from contextlib import closing
from datetime import date

import numpy as np
import pytest
import shapely

from commands import run
from field_cases import report, result, tasks_of
from patrol.api import kpis
from patrol.field.store import field_store
from patrol.layers.crs import WGS84, Declared, transformed
from patrol.layers.files import load_layers
from patrol.project import read_project


@pytest.fixture
def tracked(office, monkeypatch):
    """An office whose crews have agreed to tracks, a few days after they were walked."""
    monkeypatch.setattr("patrol.cli.field._today", lambda project: date(2024, 8, 20))
    toml = office / "project.toml"
    toml.write_text(toml.read_text("utf-8") + "\n[settings.field]\ntracks = true\n", "utf-8")
    return office


def gpx(path, lonlat, day="2024-08-16", every_s=10):
    rows = []
    for number, (lon, lat) in enumerate(lonlat):
        second = number * every_s
        when = f"{day}T{1 + second // 3600:02d}:{second // 60 % 60:02d}:{second % 60:02d}Z"
        rows.append(f'<trkpt lat="{lat:.6f}" lon="{lon:.6f}"><time>{when}</time><hdop>1</hdop></trkpt>')
    path.write_text(f"<gpx xmlns='http://www.topografix.com/GPX/1/1'>{''.join(rows)}</gpx>", "utf-8")
    return path


def along(ground, section, share=1.0, aside_m=2.0, lead_m=0.0):
    """Return places every 6 m along a section (and before it, off the line), in degrees."""
    rows = ground.sections.set_index("section_id")
    line = rows.geometry[section]
    at = np.arange(0, line.length * share, 6.0)
    xy = shapely.get_coordinates(shapely.line_interpolate_point(line, at)) + aside_m
    if lead_m:
        start = xy[0] + np.column_stack([np.zeros(int(lead_m / 6)), -np.arange(lead_m // 6, 0, -1) * 6 - 60])
        xy = np.vstack([start, xy])
    import pyproj

    to = pyproj.Transformer.from_crs(ground.ground.layers.crs, "EPSG:4326", always_xy=True)
    return np.column_stack(to.transform(*xy.T))


def take(office, *args, code=0):
    got, output = run("field", "import", office, *args)
    assert got == code, output
    return output


def read_json(office, *args):
    return json.loads(take(office, *args, "--json"))


def fixes(office):
    with closing(sqlite3.connect(office / "field.db")) as file:
        return file.execute("SELECT lon, lat FROM fixes").fetchall()


def test_tracks_are_off_by_default_and_the_way_on_is_said(office, plan, ground):
    task = tasks_of(plan, "E1")[0]
    path = gpx(office.parent / "E1.gpx", along(ground, task[2:]))
    output = take(office, path, code=2)
    assert "tracks = true" in output
    lon, lat = along(ground, task[2:])[0]
    fix = {"captured_at": "2024-08-16T09:00:00+08:00", "lon": lon, "lat": lat}
    back = office.parent / "back.json"
    back.write_text(json.dumps(report(plan, results=[result(1, task)], track=[fix])), "utf-8")
    assert "tracks = true" in take(office, back)
    assert len(load_layers(read_project(office)).patrols) == 4, "the ticks of the same file are taken in"
    assert not fixes(office)


def test_a_track_covers_what_was_walked_and_only_that_is_kept(tracked, plan, plan_file, ground):
    task = max(tasks_of(plan, "E1"), key=lambda one: ground.chains[one[2:]].metres[-1])
    chain = ground.chains[task[2:]]
    path = gpx(tracked.parent / "2024-08-16-E1.gpx", along(ground, task[2:], share=0.5, lead_m=600))
    told = read_json(tracked, path, "--plan", plan_file)
    (row,) = told["crews"]
    half = chain.metres[-1] / 2
    assert (row["crew_id"], row["date"]) == ("E1", "2024-08-16")
    assert abs(row["track_m"] - half) <= 40
    (patrol,) = load_layers(read_project(tracked)).patrols.tail(1).to_dict("records")
    assert patrol["first_pole"] == chain.poles[0]
    assert patrol["last_pole"] in chain.poles[1:]
    assert patrol["mode"] == "vehicle"
    line = ground.sections.set_index("section_id").geometry[task[2:]]
    kept = transformed(np.array(fixes(tracked)), Declared("crs", WGS84, "WGS84"), ground.ground.layers.crs)
    assert len(kept) > 20
    assert shapely.distance(shapely.points(kept), line).max() <= 40
    held = load_layers(read_project(tracked)).hashes["field"]
    read_json(tracked, path, "--plan", plan_file)
    assert load_layers(read_project(tracked)).hashes["field"] == held


def test_a_tick_and_a_track_of_one_stretch_are_one_patrol(tracked, plan, plan_file, ground):
    task = tasks_of(plan, "E1")[0]
    back = tracked.parent / "back.json"
    back.write_text(json.dumps(report(plan, results=[result(1, task)])), "utf-8")
    path = gpx(tracked.parent / "E1.gpx", along(ground, task[2:]))
    told = read_json(tracked, back, path, "--plan", plan_file)
    assert told["differences"] == []
    assert len(load_layers(read_project(tracked)).patrols) == 4
    with closing(sqlite3.connect(tracked / "field.db")) as file:
        assert file.execute("SELECT told_by FROM walked").fetchall() == [("report+track",)]


def test_where_tick_and_track_differ_the_tick_stands_and_nobody_is_accused(tracked, plan, plan_file, ground):
    one, two, three = tasks_of(plan, "E1")[:3]
    back = tracked.parent / "back.json"
    results = [result(1, one), result(2, two, "not_done", reason="路断"), result(3, three)]
    back.write_text(json.dumps(report(plan, results=results)), "utf-8")
    places = np.vstack([along(ground, two[2:]), along(ground, three[2:])])
    path = gpx(tracked.parent / "E1.gpx", places)
    told = read_json(tracked, back, path, "--plan", plan_file)
    assert {row["task_id"]: row["code"] for row in told["differences"]} == {one: "ticked", two: "walked"}
    output = take(tracked, back, path, "--plan", plan_file)
    assert "以勾选为准" in output
    assert not [word for word in ("虚假", "谎", "造假", "违规", "作弊") if word in output]
    outcomes = load_layers(read_project(tracked)).outcomes.set_index("task_id")["outcome"]
    assert outcomes.to_dict() == {one: "done", two: "not_done", three: "done"}


def test_tracks_are_forgotten_in_time_and_what_was_patrolled_stays(tracked, plan, plan_file, ground):
    task = tasks_of(plan, "E1")[0]
    take(tracked, gpx(tracked.parent / "E1.gpx", along(ground, task[2:])), "--plan", plan_file)
    patrols = load_layers(read_project(tracked)).patrols
    assert fixes(tracked)
    project = read_project(tracked)
    with field_store(project) as store:
        assert store.forget(date(2024, 11, 13)) == 0
    count = len(fixes(tracked))

    def on_the_ninetieth_day():
        with field_store(project) as store:
            assert store.forget(date(2024, 11, 14)) == count
            raise InterruptedError  # so that they are still there for what follows

    with pytest.raises(InterruptedError):
        on_the_ninetieth_day()
    assert "没有到期的轨迹" in run("field", "forget", tracked)[1]
    code, output = run("field", "forget", tracked, "--all", "--lang", "en")
    assert (code, "fixes of tracks deleted" in output) == (0, True)
    assert not fixes(tracked)
    assert load_layers(read_project(tracked)).patrols.equals(patrols)
    take(tracked, tracked.parent / "E1.gpx", "--plan", plan_file)
    assert not fixes(tracked), "what was forgotten does not come back by the same file"


def test_key_figures_tell_who_was_at_the_poles_while_tracks_are_kept(tracked, plan, plan_file, ground):
    def arrival():
        found = kpis(read_project(tracked), first="2024-08-16", last="2024-08-17", plans=[plan_file])
        rows = [row for row in found.rows("all") if row["measure"] == "arrival"]
        return rows and (rows[0]["numerator"], rows[0]["denominator"]), found.notes["arrival"][0][0]

    assert arrival() == ([], "no_tracks")
    task = tasks_of(plan, "E1")[0]
    take(tracked, gpx(tracked.parent / "E1.gpx", along(ground, task[2:], share=0.5)), "--plan", plan_file)
    (near, of), note = arrival()
    assert 0 < near < of, "half a section was walked"
    assert note == "some_tracks"
    run("field", "forget", tracked, "--all")
    assert arrival() == ([], "no_tracks")


def test_whose_track_it_is_must_be_said(tracked, plan, ground):
    path = gpx(tracked.parent / "walk.gpx", along(ground, tasks_of(plan, "E1")[0][2:]))
    assert "--crew" in take(tracked, path, code=2)
    assert "no crew" in take(tracked, path, "--crew", "NOBODY", code=2)
    two = path.rename(path.with_name("E1 with G1.gpx"))
    assert "its name names E1, G1" in take(tracked, two, code=2)
    path = two.rename(path)
    assert read_json(tracked, path, "--crew", "G1")["crews"][0]["crew_id"] == "G1"
