"""The whole way from a file to hazards: once only, in any order, merged where it is one thing, and parted by hand."""

import dataclasses
import itertools
import json

import geopandas as gpd
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from patrol.hazards.blind import unreported
from patrol.hazards.concerning import concerning
from patrol.hazards.ground import context_of, ground_of
from patrol.hazards.model import Event, canonical
from patrol.hazards.office import detections, open_project_register
from patrol.hazards.receive import keep_photos, read_files, receive
from patrol.hazards.register import open_register
from patrol.hazards.setting_aside import known_detections
from patrol.project import read_project
from tiny import at, table, write_tiny

NOW = "2024-08-20T00:00:00.000000Z"
OFFICE = {"actor": "office", "party": "enterprise"}


def row(x, y, kind="鸟窝", day=10, **more):
    lon, lat = at(x, y)
    seen = f"2024-08-{day:02d} 09:00"
    return {"lon": lon, "lat": lat, "captured_at": seen, "description": kind, "party": "villager", "crs": "", **more}


def write(folder, name, rows):
    path = folder / name
    table(path, [{key: value for key, value in one.items() if key != "crs"} for one in rows])
    return path


def take(register, ground, path, **more):
    context = context_of(ground.layers.project, now=NOW, **more)
    context = dataclasses.replace(context, crs="EPSG:4326", history=lambda: known_detections(register))
    ((_, intake),), faults = read_files([path], context, ground)
    assert not faults
    return receive(register, intake, ground, now=NOW, **OFFICE)


def shape(register):
    """Return the hazards without their ids: which reports count together, and what follows from them.

    What only satellites saw at a place that is static is no hazard, whether it was one once or never.
    """
    reports, hazards = register.reports(), register.hazards().set_index("hazard_id")
    said = ["external_id", "type", "description", "seen", "given_state", "given_closed", "lon"]
    spoken = {
        name: tuple(sorted(map(str, own[said].to_numpy().tolist())))
        for name, own in reports[reports["withdrawn"].isna()].groupby("hazard_id")
    }
    columns = ["type", "may_be", "hazard_class", "state", "reported", "closed", "deadline", "lon", "pole_no", "reports"]
    return sorted(
        (own, spoken.get(hazards.loc[name, "previous_id"], ()), *map(str, hazards.loc[name, columns]))
        for name, own in spoken.items()
    )


def test_the_pole_that_somebody_read_is_the_hazard_s_where_the_coordinates_agree(tmp_path, ground, register):
    nearest = take(register, ground, write(tmp_path, "a.csv", [row(620, 5)])).taken.hazards_new[0]
    near = register.hazards().set_index("hazard_id").loc[nearest, "pole_no"]
    read, far = (f"{int(near) + more:03d}" for more in (1, 20))
    rows = [row(620, 5, kind, feeder_ref="F1", pole_ref=pole) for kind, pole in (("树障", read), ("塑料大棚", far))]
    taken = take(register, ground, write(tmp_path, "b.csv", rows)).taken
    by_pole = register.reports().set_index("report_id").loc[list(taken.reports), ["pole_ref", "pole_no"]]
    assert dict(by_pole.to_numpy().tolist()) == {read: read, far: near}, (
        "one that is far away is doubted, and not shown"
    )
    hazards = register.hazards().set_index("hazard_id").loc[list(taken.hazards_new), "pole_no"]
    assert sorted(hazards) == sorted([read, near])


def test_two_reports_of_one_nest_are_one_hazard_and_the_same_file_again_changes_nothing(tmp_path, ground, register):
    path = write(tmp_path, "a.csv", [row(620, 5), row(630, 3, "喜鹊窝", day=11), row(2400, 5)])
    first = take(register, ground, path)
    assert (len(first.taken.reports), len(first.taken.hazards_new)) == (3, 2)
    head = register.head()
    again = take(register, ground, path)
    assert (again.taken.reports, again.taken.known) == ((), 3)
    assert register.head() == head
    renamed = path.rename(tmp_path / "b.csv")
    assert take(register, ground, renamed).taken.reports == ()
    assert register.hazards()["reports"].tolist().count(2) == 1
    assert set(register.hazards()["type"]) == {"A01"}


@settings(max_examples=3)
@given(data=st.data())
def test_the_order_of_files_and_rows_does_not_matter(data, ground, opened, tmp_path_factory):
    in_any_order(data, ground, opened, tmp_path_factory)


@pytest.mark.soak
@settings(max_examples=50)
@given(data=st.data())
def test_the_order_of_files_and_rows_does_not_matter_long(data, ground, opened, tmp_path_factory):
    in_any_order(data, ground, opened, tmp_path_factory)


def said(x, kind, day, number, name="", state="", after=None, party="villager", metres=""):
    """Return a row of a list: some with an id of their own, some closed on that day or later, some said twice."""
    shut = {"state": state, "closed": "" if after is None else f"2024-08-{day + after:02d} 10:00"}
    return row(x, 3, f"{kind} {number}", day=day, id=name, party=party, 精度=metres, **shut)


PLACES = st.sampled_from([600, 625, 650, 690, 740, 1200, 1230, 2400])
KINDS = st.sampled_from(["鸟窝", "风筝", "树枝碰线", "枯树", "树压在线上", "不知道是什么"])
STATES = st.sampled_from([("", None), ("", None), ("closed", 0), ("closed", 3), ("closed", None), ("refuted", 1),
                          ("assigned", None), ("rectified", 2), ("rectified", None), ("verified", None)])  # fmt: skip
WIDE = st.sampled_from(["", "", "5", "60"])
PLAIN = st.builds(
    lambda x, kind, day, n, state, metres: said(x, kind, day, n, "", *state, metres=metres),
    PLACES, KINDS, st.integers(8, 12), st.integers(0, 3), STATES, WIDE,
)  # fmt: skip
# One id may say many things: the place of another, a closing, and that it is there again after that.
NAMED = st.builds(
    lambda name, x, kind, day, state: said(x, kind, day, 0, f"N{name}", *state),
    st.integers(0, 2), PLACES, KINDS, st.integers(8, 12), STATES,
)  # fmt: skip


def in_any_order(data, ground, opened, tmp_path_factory):
    """Lists and satellites, closings, what is there again, ids, the same said again: in any order, and each twice."""
    rows = data.draw(st.lists(PLAIN | PLAIN | NAMED, min_size=2, max_size=9))
    rows += data.draw(st.lists(st.sampled_from(rows), max_size=2))
    parts = data.draw(st.lists(st.integers(0, 2), min_size=len(rows), max_size=len(rows)))
    days = data.draw(st.lists(st.integers(1, 9), max_size=6, unique=True))
    order = data.draw(st.permutations(range(3 + len(days))))
    turns = [
        data.draw(st.permutations([one for one, part in zip(rows, parts, strict=True) if part == n])) for n in range(3)
    ]
    shapes = []
    for files in (range(3 + len(days)), order):
        folder = tmp_path_factory.mktemp("order")
        with opened(folder / "r.gpkg") as register:
            paths = []
            for number in files:
                mine = [one for one, part in zip(rows, parts, strict=True) if part == number]
                if number >= 3:
                    paths.append(hot(folder, days[number - 3]))
                elif mine:
                    paths.append(write(folder, f"{number}.csv", mine if files is not order else turns[number]))
            for path in paths:
                take(register, ground, path, source="office")
            shapes.append(shape(register))
            assert not register.rebuild(check=True)
            head = register.head()
            frames = [register.hazards(), register.reports(), register.requests(), register.photos(), register.events()]
            for path in paths:
                take(register, ground, path, source="office")
            assert register.head() == head
            after = [register.hazards(), register.reports(), register.requests(), register.photos(), register.events()]
            for one, same in zip(frames, after, strict=True):
                pd.testing.assert_frame_equal(one, same)
    assert shapes[0] == shapes[1]


def test_a_closing_takes_what_was_seen_before_it_whichever_list_was_read_first(ground, opened, tmp_path):
    seen = said(620, "鸟窝", 5, 1)
    shut = said(620, "鸟窝", 3, 2, "", "closed", 4)
    again = said(620, "鸟窝", 10, 3)
    graver = said(622, "树压在线上", 4, 4)
    shapes = []
    for number, order in enumerate(itertools.permutations([seen, shut, again, graver])):
        with opened(tmp_path / f"{number}.gpkg") as register:
            for at_, one in enumerate(order):
                take(register, ground, write(tmp_path, f"{number}-{at_}.csv", [one]))
            shapes.append(shape(register))
            hazards = register.hazards().sort_values("reported")
            assert hazards["state"].tolist() == ["closed", "reported", "reported"]
            assert hazards["previous_id"].tolist() == ["", "", hazards["hazard_id"].iloc[0]]
            assert not register.rebuild(check=True)
    assert all(one == shapes[0] for one in shapes)


def test_a_closing_of_something_mild_closes_nothing_graver(ground, opened, tmp_path):
    shut = said(620, "枯树", 3, 1, "", "closed", 6)
    fallen = said(620, "树压在线上", 5, 2)
    for order in ((shut, fallen), (fallen, shut)):
        with opened(tmp_path / f"{order[0]['description']}.gpkg") as register:
            for one in order:
                take(register, ground, write(tmp_path, "a.csv", [one]))
            told = register.hazards().set_index("type")["state"].to_dict()
            assert told == {"V02": "closed", "D03": "reported"}


def test_a_report_between_two_hazards_makes_them_one_until_somebody_parts_them(tmp_path, ground, register):
    take(register, ground, write(tmp_path, "a.csv", [row(600, 5), row(690, 5)]))
    assert len(register.hazards()) == 2
    got = take(register, ground, write(tmp_path, "b.csv", [row(645, 5)]))
    ((kept, absorbed),) = got.merged
    assert register.hazards()["hazard_id"].tolist() == [kept]
    assert register.hazards()["reports"].tolist() == [3]
    register.unmerge(absorbed, at=NOW, **OFFICE)
    got = take(register, ground, write(tmp_path, "c.csv", [row(646, 4, day=12)]))
    assert got.merged == ()
    assert len(register.hazards()) == 2
    assert not register.rebuild(check=True)


def test_what_nobody_could_name_makes_no_one_hazard_of_a_nest_and_a_fire(tmp_path, ground, register):
    rows = [row(620, 5), row(622, 5, "山火"), row(621, 5, "有情况"), row(623, 5, "不知道是什么", day=11)]
    got = take(register, ground, write(tmp_path, "a.csv", rows))
    told = register.hazards()
    assert sorted(zip(told["type"], told["reports"], strict=True)) == [("A01", 1), ("F03", 1), ("unclassified", 2)]
    assert got.merged == ()
    perhaps = [item for item in got.findings if item.code == "hazards.perhaps_same"]
    assert [item.row for item in perhaps] == [3, 4]
    nest = told.loc[told["type"] == "A01", "hazard_id"].item()
    assert nest in perhaps[0].mend, "of those equally near the one seen first, and how to merge by hand"
    unknown = told.loc[told["type"] == "unclassified", "hazard_id"].item()
    event = Event("set", unknown, NOW, "office", "enterprise", canonical({"type": "S01"}))
    register.act([event], recorded_at=NOW)
    got = take(register, ground, write(tmp_path, "b.csv", [row(624, 5, "电杆歪了", day=12)]))
    assert got.taken.hazards_grown == (unknown,), "what has been named by hand since is joined like any other"


def test_a_report_after_closing_is_a_new_occurrence_of_the_old(tmp_path, ground, register):
    closed = row(620, 5, state="closed", closed="2024-08-12")
    take(register, ground, write(tmp_path, "a.csv", [closed]))
    old = register.hazards()["hazard_id"].iloc[0]
    got = take(register, ground, write(tmp_path, "b.csv", [row(625, 5, day=15)]))
    assert got.taken.hazards_new
    new = register.hazards().set_index("hazard_id").loc[got.taken.hazards_new[0]]
    assert new["previous_id"] == old
    assert register.hazards().set_index("hazard_id").loc[old, "state"] == "closed"


def test_line_and_pole_lead_to_a_place(tmp_path, ground, register):
    rows = [{"线路": "城关线", "杆号": "10", "描述": "电杆歪了", "日期": "2024-08-10"}]
    table(tmp_path / "a.csv", rows)
    take(register, ground, tmp_path / "a.csv")
    told = register.hazards().iloc[0]
    assert (told["feeder_id"], told["pole_no"], told["snap_state"], told["zone_id"]) == ("F1", "010", "snapped", "Z1")
    lon, lat = at(600, 0)
    assert (told["lon"], told["lat"]) == pytest.approx((lon, lat), abs=1e-5)


def test_far_and_placeless_reports_are_kept(tmp_path, ground, register):
    take(register, ground, write(tmp_path, "a.csv", [row(620, 900), {**row(0, 0), "lon": "", "lat": ""}]))
    assert sorted(register.hazards()["snap_state"]) == ["", "off_network"]


def test_names_of_reporters_stay_out_of_events(tmp_path, ground, register):
    name = "欧阳植入"
    take(register, ground, write(tmp_path, "a.csv", [row(620, 5, f"{name}说有鸟窝,电话13812345678", 上报人=name)]))
    events = register.events()
    assert name not in events.to_csv()
    assert "13812345678" not in events.to_csv()
    assert register.identities()["person_name"].tolist() == [name]


def test_photographs_beside_the_file_are_kept_and_others_are_told(tmp_path, ground, register):
    from PIL import Image

    Image.new("RGB", (4, 4)).save(tmp_path / "n.jpg")
    path = write(tmp_path, "a.csv", [row(620, 5, 照片="n.jpg"), row(2400, 5, 照片="../../etc/passwd")])
    got = take(register, ground, path)
    told = keep_photos(register, got, tmp_path, tmp_path / "project", now=NOW, actor="office")
    assert [item.code for item in told] == ["photo.elsewhere"]
    assert len(list((tmp_path / "project" / "photos").iterdir())) == 1
    assert register.hazards()["photos"].sum() == 1


def test_photographs_that_come_later_are_kept_once(tmp_path, ground, register):
    from PIL import Image

    path = write(tmp_path, "a.csv", [row(620, 5, 照片="n.jpg", id="1"), row(620, 5, "别的", 照片="m.jpg", id="1")])
    for name, kept in (("", 0), ("n.jpg", 1), ("m.jpg", 2), ("", 2)):
        if name:
            Image.new("RGB", (4, 4), (len(name), kept, 9)).save(tmp_path / name)
        got = take(register, ground, path, source="office")
        keep_photos(register, got, tmp_path, tmp_path / "project", now=NOW, actor="office")
        photos = register.photos()
        assert len(photos) == kept
    assert photos["subject"].nunique() == 2, "each beside what named it"


HOT = "latitude,longitude,scan,track,acq_date,acq_time,satellite,confidence\n"


def hot(folder, day, x=620, year=2024):
    lon, lat = at(x, 5)
    path = folder / f"{day}-{x}-{year}.csv"
    path.write_text(f"{HOT}{lat},{lon},0.4,0.4,{year}-08-{day:02d},741,N,n\n", "utf-8")
    return path


def test_a_file_of_one_day_is_judged_beside_what_the_register_has_seen(tmp_path, ground):
    folder = write_tiny(tmp_path / "office")
    toml = (folder / "project.toml").read_text("utf-8").replace("[inputs]", '[inputs]\nregister = "register.gpkg"')
    (folder / "project.toml").write_text(toml, "utf-8")
    named = read_project(folder)
    context = context_of(named, now=NOW)
    days = ground.settings.hazards.static_days
    for day in range(1, days + 2):
        ((_, intake),), faults = read_files([hot(tmp_path, day)], context, ground)
        assert not faults
        assert len(intake.reports) == (day < days), "the kiln is known once the register has seen it often enough"
        with open_project_register(named, create=True) as register:
            receive(register, intake, ground, now=NOW, **OFFICE)
    ((_, elsewhere),), _ = read_files([hot(tmp_path, 9, x=2400)], context, ground)
    assert len(elsewhere.reports) == 1
    assert len(detections(named)) == days + 1, "those set aside are remembered, each once"
    ((_, again),), _ = read_files([hot(tmp_path, 9)], context, ground)
    assert again.reports.empty
    ((_, much_later),), _ = read_files([hot(tmp_path, 9, year=2022)], context, ground)
    assert len(much_later.reports) == 1, "what was hot two years later says nothing of a kiln"


def test_days_in_files_of_their_own_are_judged_together_in_any_order(tmp_path, ground):
    context = context_of(ground.layers.project, now=NOW)
    days = range(1, ground.settings.hazards.static_days + 1)
    paths = [*(hot(tmp_path, day) for day in days), hot(tmp_path, 9, x=2400)]
    for order in (paths, paths[::-1]):
        read, faults = read_files(order, context, ground)
        assert not faults
        kept = [path.name for path, intake in read if len(intake.reports)]
        assert kept == ["9-2400-2024.csv"]


def test_requests_of_a_list_are_open_or_dealt_with_as_it_says(tmp_path, ground, register):
    lon, lat = at(620, 5)
    where = {"minutes": 30, "lon": lon, "lat": lat}
    rows = [
        {"request_id": "R-1", "kind": "meter check", "due": "2024-08-26", "state": "open", "name_zh": "校表", **where},
        {"request_id": "R-2", "kind": "报装", "due": "2024-08-12", "state": "done", "name_zh": "乙村", **where},
        {"request_id": "R-3", "kind": "dispute", "due": "2024-08-12", "state": "作废", "name_zh": "丙村", **where},
    ]
    table(tmp_path / "requests.csv", rows)
    got = take(register, ground, tmp_path / "requests.csv", source="office")
    assert (len(got.taken.requests), got.taken.reports) == (3, ())
    told = register.requests()
    assert told["state"].tolist() == ["open", "done", "cancelled"]
    assert told["request_kind"].tolist() == ["consultation", "new_connection", "dispute"]
    assert told["due"].tolist() == ["2024-08-26", "2024-08-12", "2024-08-12"]
    head = register.head()
    take(register, ground, tmp_path / "requests.csv", source="office")
    assert register.head() == head
    assert register.rebuild() == []


def test_hot_spots_far_from_the_lines_are_nobodys_call(ground, tmp_path):
    paths = [hot(tmp_path, 19), tmp_path / "near.csv", tmp_path / "far.csv"]
    for y, name in ((700, "near"), (1600, "far")):
        lon, lat = at(620, y)
        (tmp_path / f"{name}.csv").write_text(f"{HOT}{lat},{lon},0.4,0.4,2024-08-19,741,N,n\n", "utf-8")
    read, _ = read_files(paths, context_of(ground.layers.project, now=NOW), ground)
    assert [len(intake.reports) for _, intake in read] == [1, 1, 1]
    assert [len(concerning(intake.reports, ground)) for _, intake in read] == [1, 1, 0]
    people = read[-1][1].reports.assign(party="villager")
    assert len(concerning(people, ground)) == 1
    lost = read[-1][1].reports.assign(lon=float("nan"))
    assert len(concerning(lost, ground)) == 1


def test_detections_outside_or_static_are_set_aside_without_a_call(shared, ground):
    path = shared / "data" / "firms_nepal_viirs" / "fireData-2023-12-30.geojson"
    context = context_of(ground.layers.project, now=NOW)
    ((_, intake),), _ = read_files([path], context, ground)
    assert len(intake.rejected) == 181
    assert all(frame.empty for frame in unreported(intake, context))


def test_real_detections_of_a_satellite(shared, tmp_path):
    folder = write_tiny(tmp_path / "nepal")
    path = shared / "data" / "firms_nepal_viirs" / "fireData-2023-12-30.geojson"
    seen = gpd.read_file(path)
    # One line of an invented utility; all but one detection lie off it, and are kept so.
    lon, lat = seen.geometry.x[0], seen.geometry.y[0]
    line = {"type": "LineString", "coordinates": [[lon, lat], [lon + 0.01, lat]]}
    properties = {"feeder_id": "N1", "voltage_kv": 11, "line_id": "N1"}
    features = [{"type": "Feature", "geometry": line, "properties": properties}]
    (folder / "lines.geojson").write_text(json.dumps({"type": "FeatureCollection", "features": features}), "utf-8")
    toml = (folder / "project.toml").read_text("utf-8").replace("EPSG:4545", "EPSG:32645")
    keep = [line for line in toml.splitlines() if not line.startswith(("roads", "zones", "patrols"))]
    text = "\n".join(keep).split("[inputs.poles]")[0] + "\n[settings.hazards]\noutside_km = 1000\n"
    (folder / "project.toml").write_text(text, "utf-8")
    crew = {"crew_id": "E1", "party": "enterprise", "mode": "vehicle", "shift_start": "08:00", "shift_end": "12:00"}
    table(folder / "crews.csv", [{**crew, "start_lon": lon, "start_lat": lat}])
    ground = ground_of(read_project(folder))
    with open_register(
        tmp_path / "r.gpkg",
        create=True,
        timezone="Asia/Kathmandu",
        settings=ground.settings.hazards,
        types=ground.types,
    ) as register:
        context = context_of(ground.layers.project, now=NOW)
        ((_, intake),), _ = read_files([path], context, ground)
        got = receive(register, intake, ground, now=NOW, **OFFICE)
        assert len(got.taken.reports) + len(intake.rejected) == 181
        assert len(got.taken.reports) > 150
        assert set(got.reports["snap_state"]) == {"snapped", "off_network"}
        reports = register.reports()
        assert reports["uncertainty_m"].between(150, 600).all(), "a pixel is not a point"
        assert set(reports["party"]) == {"sensor"}
        assert 0 < len(register.hazards()) < len(reports), "neighbouring pixels of one fire are one hazard"
        assert receive(register, intake, ground, now=NOW, **OFFICE).taken.reports == ()


def test_a_longer_paste_of_a_chat_brings_only_what_is_new_on_any_day(tmp_path, ground, register):
    """WeChat says the hour, not the day: the messages are taken to be of the day of the import."""
    first = "张三 09:12\n城关线5号杆有鸟窝,电话13812345678\n李四 09:15\n城关线9号杆拉线松了\n"
    longer = first + "李四 09:15\n城关线9号杆拉线松了\n王五 09:40\n城关线12号杆歪了\n"
    new = []
    for day, text in ((20, first), (20, first), (20, longer), (21, first), (23, longer)):
        (tmp_path / "c.txt").write_text(text, "utf-8")
        now = f"2024-08-{day}T04:00:00.000000Z"
        ((_, intake),), _ = read_files([tmp_path / "c.txt"], context_of(ground.layers.project, now=now), ground)
        new.append(len(receive(register, intake, ground, now=now, actor="office", party="enterprise").taken.reports))
    assert new == [2, 0, 2, 0, 0]
    assert register.rebuild() == []
