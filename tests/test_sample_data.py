"""The sample county: complete, consistent, small, said to be invented, and made again byte for byte."""

import csv
import json
import shutil
import subprocess
import sys
from collections import Counter
from datetime import date, timedelta

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from patrol.config import ConsequenceSettings
from patrol.hazards.taxonomy import load_types
from patrol.layers.caring import caring, crews_by_name, kept_out, strangers
from patrol.layers.files import load_layers
from patrol.layers.schema import PARTIES, ROUND_KINDS
from patrol.network.consequence import consequence
from patrol.network.sections import cut_sections
from patrol.network.topology import build_network
from patrol.planning.horizon import prepare
from patrol.planning.hours import needed_s, offered_s
from patrol.planning.tasks import MANDATORY_EMERGENCY
from patrol.project import read_project
from patrol.routing.model import total_weight
from patrol.routing.rules import may_serve
from patrol.routing.solve import ENGINES, solve
from patrol.studies.history import history_at, lay_ground

CRS = "EPSG:4545"
TODAY = "2024-08-16"
# Made by hand from equipment.geojson: customers counted, and kVA of the transformers never counted.
BEHIND_HEAD = {
    "F611": (2952, 610), "F612": (2015, 500), "F613": (3099, 1875), "F614": (1817, 1305),
    "F621": (2076, 360), "F622": (2182, 100), "F623": (1242, 360), "F624": (3475, 1905),
}  # fmt: skip
CUSTOMERS_PER_KVA = 0.3
HORIZONS = [(date(2024, 8, 16), 5), (date(2024, 8, 19), 7)]  # the demo, and a week from Monday to Sunday


MADE_BY_USE = ("register.gpkg*", "field.db*", "quarantine.csv", "rejected.csv", "photos", "inbox", "plans")


@pytest.fixture(scope="module")
def folder(root, tmp_path_factory):
    """The county as the script makes it, without what commands of the README leave beside it."""
    copy = tmp_path_factory.mktemp("county") / "sample_data"
    shutil.copytree(root / "sample_data", copy, ignore=shutil.ignore_patterns(*MADE_BY_USE))
    return copy


@pytest.fixture(scope="module")
def layer(folder):
    cache = {}

    def read(name):
        if name not in cache:
            cache[name] = gpd.read_file(folder / f"{name}.geojson").to_crs(CRS)
        return cache[name]

    return read


@pytest.fixture(scope="module")
def table(folder):
    def read(name):
        assert (folder / f"{name}.csv").read_bytes().startswith(b"\xef\xbb\xbf"), "Excel needs the BOM"
        return pd.read_csv(folder / f"{name}.csv", dtype=str, keep_default_na=False, encoding="utf-8-sig")

    return read


@pytest.fixture(scope="module")
def layers(folder):
    return load_layers(read_project(folder))


@pytest.fixture(scope="module")
def network(layers):
    return build_network(layers.lines, layers.poles, layers.equipment, settings=layers.project.settings.network)


def test_the_script_makes_the_same_bytes_again(root, folder, tmp_path):
    script = root / "scripts" / "make_sample_data.py"
    done = subprocess.run(
        [sys.executable, str(script), "--out", str(tmp_path)], capture_output=True, text=True, check=True
    )
    assert "needs" in done.stdout
    made = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    kept = {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}  # scenarios are made by hand
    assert set(made) == set(kept)
    assert [name for name in kept if made[name] != kept[name]] == []


def test_it_is_small_and_says_that_it_is_invented(folder):
    assert sum(path.stat().st_size for path in folder.rglob("*")) < 5_000_000
    project = read_project(folder)
    assert project.synthetic
    assert "synthetic" in project.name
    assert "虚构" in project.name_zh
    text = (folder / "README.txt").read_text("utf-8")
    assert "INVENTED" in text
    assert "虚构" in text


def test_it_loads_without_a_finding(layers):
    assert [str(finding) for finding in layers.findings] == []
    assert layers.rejected.empty


def test_the_county_is_as_large_as_promised(layer):
    lines, equipment, places = layer("lines"), layer("equipment"), layer("places")
    assert 170_000 <= lines.length.sum() <= 190_000
    assert 2_900 <= len(lines) <= 3_100
    assert len(lines["feeder_id"].unique()) == 8
    assert set(lines["voltage_kv"]) == {10.0}
    kinds = Counter(equipment["kind"])
    assert kinds["substation"] == 2
    assert kinds["breaker"] == 8
    assert kinds["tie"] >= 6
    assert kinds["recloser"] >= 4
    assert kinds["switch"] >= 20
    assert kinds["transformer"] >= 200
    assert len(layer("zones")) == 12
    assert Counter(places["kind"]) == {"village": 30, "town": 13}
    assert set(layer("water")["kind"]) == {"river", "canal", "drain"}
    assert {"primary", "secondary", "tertiary", "unclassified", "residential", "track"} <= set(
        layer("roads")["road_class"]
    )


def test_spans_run_from_pole_to_pole(layer):
    lines, poles = layer("lines"), layer("poles")
    assert lines.length.max() < 100
    assert 55 < lines.length.median() < 63
    standing = {point.coords[0] for point in poles.geometry}
    ends = {end for line in lines.geometry for end in (line.coords[0], line.coords[-1])}
    assert ends == standing
    assert set(lines["placement"]) == {"overhead", "underground"}
    assert set(lines["region_class"]) == {"urban", "rural"}
    assert lines["condition"].between(1, 9).all()
    old, new = lines[lines["install_year"] < 1995], lines[lines["install_year"] > 2015]
    assert old["condition"].mean() > new["condition"].mean() + 3


def test_ids_are_unique(layer, table):
    assert layer("lines")["line_id"].is_unique
    assert not layer("poles").duplicated(["feeder_id", "pole_no"]).any()
    assert layer("poles")["pole_no"].str.match(r"^\d{3}([B-H]\d{2,3}){0,3}$").all()
    for name, key in {"equipment": "equipment_id", "zones": "zone_id", "service_points": "point_id"}.items():
        assert layer(name)[key].is_unique
    for name, key in {"crews": "crew_id", "hazards": "hazard_id", "requests": "request_id", "weather": "date"}.items():
        assert table(name)[key].is_unique


def test_every_feeder_and_pole_that_is_named_exists(layer, table):
    poles = set(zip(layer("poles")["feeder_id"], layer("poles")["pole_no"], strict=True))
    feeders = set(layer("lines")["feeder_id"])
    assert set(layer("equipment")["feeder_id"]) == feeders | {""}
    for name, columns in {
        "patrols": ("first_pole", "last_pole"),
        "faults": ("pole_no",),
        "hazards": ("pole_no",),
    }.items():
        for row in table(name).to_dict("records"):
            assert row["feeder_id"] in feeders | ({""} if name == "hazards" else set())
            for column in columns:
                assert not row[column] or (row["feeder_id"], row[column]) in poles, (name, row)
    parents = layer("poles").loc[layer("poles")["parent_pole"] != ""]
    assert set(zip(parents["feeder_id"], parents["parent_pole"], strict=True)) <= poles
    assert set(table("roster")["crew_id"]) <= set(table("crews")["crew_id"])


def test_names_are_in_both_languages(layer, table):
    for name in ("lines", "equipment", "zones", "places", "water", "service_points"):
        frame = layer(name)
        assert (frame["name"] != "").all(), name
        assert frame["name_zh"].str.contains(r"[一-鿿]").all(), name
        assert not frame["name"].str.contains(r"[一-鿿]").any(), name
    assert table("crews")["name_zh"].str.contains(r"[一-鿿]").all()
    assert (layer("zones")["leader"] != "").all()
    named = {"新建村": "Xinjian Village", "黄渠桥": "Huangquqiao", "红崖子": "Hongyazi"}
    places = layer("places").set_index("name_zh")["name"]
    assert {zh: places[zh] for zh in named} == named


def test_zones_tile_the_county(layer):
    zones = layer("zones")
    county = zones.union_all()
    assert county.geom_type == "Polygon"
    assert not county.interiors
    assert county.area == pytest.approx(zones.area.sum(), rel=1e-9)
    assert layer("lines").within(county).all()
    assert zones.to_crs("EPSG:4326").total_bounds[0] > 106.5, "one 3-degree zone holds it all"


def test_most_lines_are_a_short_walk_from_a_road(layer):
    roads = shapely.STRtree(layer("roads").geometry.to_numpy())
    middles = layer("lines").geometry.interpolate(0.5, normalized=True).to_numpy()
    away = roads.query_nearest(middles, return_distance=True, all_matches=False)[1]
    assert ((away > 50) & (away <= 800)).mean() > 0.6
    assert 0.05 < (away <= 50).mean() < 0.35
    assert (away > 400).sum() > 50


def test_roads_share_their_ends(layer):
    ends = Counter(end for line in layer("roads").geometry for end in (line.coords[0], line.coords[-1]))
    assert sum(count == 1 for count in ends.values()) < 0.25 * len(ends)
    assert set(layer("roads")["oneway"]) == {"", "yes", "-1"}


def test_ties_are_open_and_join_neighbours(layer):
    equipment, lines = layer("equipment"), layer("lines")
    ties = equipment[equipment["kind"] == "tie"]
    assert ties["normally_open"].all()
    assert not equipment.loc[equipment["kind"] != "tie", "normally_open"].any()
    joined = set()
    for tie in ties.geometry:
        feeders = set(lines.loc[lines.distance(tie) < 0.01, "feeder_id"])
        assert len(feeders) == 2
        joined |= feeders
    assert joined == set(BEHIND_HEAD)


def test_important_users_stand_on_transformers(layer):
    users = layer("equipment").query("important != ''")
    assert set(users["kind"]) == {"transformer"}
    assert Counter(users["important"]) == {"pump": 4, "1": 1, "2": 1}
    assert set(users.loc[users["important"] == "pump", "owner"]) == {"customer"}


def test_customers_behind_each_head_by_plain_loops(folder):
    counted, kva = Counter(), Counter()
    for feature in json.loads((folder / "equipment.geojson").read_text("utf-8"))["features"]:
        row = feature["properties"]
        if row["kind"] == "transformer" and row["customers"] is not None:
            counted[row["feeder_id"]] += row["customers"]
        elif row["kind"] == "transformer":
            kva[row["feeder_id"]] += row["capacity_kva"]
    assert {feeder: (counted[feeder], kva[feeder]) for feeder in sorted(counted)} == BEHIND_HEAD


def test_the_network_finds_the_same_customers_behind_each_head(network, layers):
    settings = ConsequenceSettings(customers_per_kva=CUSTOMERS_PER_KVA)
    sections = cut_sections(network, layers.project.settings.network, settings)
    effects = consequence(network, sections, settings)
    heads = sections["from_node"].isin(network.feeders["source_node"])
    assert heads.sum() == 8
    found = effects["customers_interrupted"][heads].groupby(sections["feeder_id"][heads]).max()
    for feeder, (counted, kva) in BEHIND_HEAD.items():
        assert found[feeder] == pytest.approx(counted + CUSTOMERS_PER_KVA * kva), feeder


def test_the_network_is_eight_trees_fed_from_their_breakers(network):
    feeders = network.feeders.set_index("feeder_id")
    assert set(feeders.index) == set(BEHIND_HEAD)
    assert (feeders["source_how"] == "breaker").all()
    assert (feeders["source_equipment"] == "CB-" + feeders.index.str[1:]).all()
    assert (feeders[["loops", "islands"]] == 0).all(axis=None)
    assert network.spans["closed"].all()


def test_sixteen_crews_of_four_parties_with_the_hours_there_are(table, layer):
    crews = table("crews")
    assert Counter(crews["party"]) == dict(zip(PARTIES, (6, 3, 2, 5), strict=True))
    hours = [
        (pd.Timedelta(f"{row.shift_end}:00") - pd.Timedelta(f"{row.shift_start}:00")).total_seconds()
        / 3600
        * len(row.weekdays)
        for row in crews.itertuples()
    ]
    week = crews.assign(hours=hours)
    enterprise, villagers = week[week["party"] == "enterprise"], week[week["party"] == "villager"]
    assert set(enterprise["weekdays"].str.len()) == {2}
    assert set(enterprise["mode"]) == {"vehicle", "drone", "ebike"}
    assert set(villagers["mode"]) == {"foot"}
    assert villagers["hours"].max() <= 2
    assert (villagers["shift_start"] >= "06:30").all()
    assert (villagers["shift_end"] <= "19:00").all()
    homes = gpd.points_from_xy(villagers["start_lon"].astype(float), villagers["start_lat"].astype(float), crs=4326)
    for home in homes.to_crs(CRS):
        assert layer("lines").intersection(home.buffer(2000)).length.sum() > 1000


def test_service_points_are_those_of_the_founding_text(layer):
    points = layer("service_points").set_index("point_id")
    kinds = Counter(points["kind"])
    assert kinds["station"] == 1
    assert kinds["ecommerce"] == 4
    shops = points[points["kind"] == "ecommerce"]
    assert shops["person"].nunique() == 2
    assert set(shops["interval_days"]) == {7, 14}
    assert "新建村" in points.loc["ST-01", "name_zh"]
    village = layer("places").set_index("name_zh").geometry["新建村"]
    assert points.geometry["ST-01"].distance(village) < 300


def test_who_cares_for_a_service_point_is_in_a_crew_that_may_come(layers):
    points, crews = layers.service_points, layers.crews
    assert not strangers(points, crews).any()
    assert not kept_out(points, crews).any()
    known = crews_by_name(crews)
    assert Counter(crew for cell in points["person"] for crew in caring(cell, known)).keys() == {
        "ENT-4", "ENT-6", "GOV-1", "GOV-2", "GOV-3"
    }  # fmt: skip
    plain = points[points["kind"].isin(["station", *ROUND_KINDS])]
    assert (plain["person"] == "").all()
    assert (points.drop(plain.index)["person"] != "").all()


YEARS = (("2022-08-16", "2023-08-16"), ("2023-08-16", "2024-08-16"))


def test_two_years_of_patrols_faults_and_hazards_end_before_the_plan(table, layer):
    km = layer("lines").length.sum() / 1000
    patrols, faults, hazards = table("patrols"), table("faults"), table("hazards")
    for rows, column in ((patrols, "date"), (faults, "date"), (hazards, "reported")):
        assert rows[column].between("2022-08-16", "2024-08-15").all()
    for start, end in YEARS:
        assert 15 <= faults["date"].between(start, end, inclusive="left").sum() <= 30
        assert 250 <= hazards["reported"].between(start, end, inclusive="left").sum() <= 320
        assert 1800 <= patrols["date"].between(start, end, inclusive="left").sum() <= 2400
    assert len(faults) == pytest.approx(2 * 9.3 * km / 100, abs=12), "two Poisson deviations"
    assert (patrols["first_pole"] == "").sum() == 2, "two passes of a whole feeder"
    assert set(patrols["party"]) == set(PARTIES)
    types = load_types()
    assert set(hazards["type"]) <= set(types.index)
    still_open = hazards[hazards["closed"] == ""]
    assert set(hazards.loc[hazards["closed"] != "", "state"]) == {"closed", "refuted"}
    assert not set(still_open["state"]) & {"closed", "refuted"}
    assert 30 <= len(still_open) <= 40
    assert set(still_open["party"]) == set(PARTIES)
    urgent = types.loc[still_open["type"], "default_class"] == "emergency"
    assert 1 <= urgent.sum() <= 4


@pytest.fixture(scope="module")
def ground(layers):
    return lay_ground(layers, load_types())


@pytest.fixture(scope="module")
def span_of_hazard(ground, layers):
    """The span each hazard lies on: the one its pole is fed by, else the nearest."""
    tree, found = shapely.STRtree(ground.network.spans.geometry.to_numpy()), []
    for row in layers.hazards.itertuples():
        named = ground.finder.path(row.feeder_id, row.pole_no, row.pole_no) if row.pole_no else None
        found.append(named[0] if named else int(tree.nearest(row.geometry)))
    return np.array(found)


def test_what_a_patrol_found_is_what_its_party_reported_from_its_stretch_that_day(ground, layers, span_of_hazard):
    hazards, told = layers.hazards, {}
    for row, (day, party) in enumerate(zip(hazards["reported"], hazards["party"], strict=True)):
        told.setdefault((day.normalize(), party), []).append(row)
    used = set()
    for row in layers.patrols[layers.patrols["first_pole"] != ""].itertuples():
        spans = set(ground.finder.path(row.feeder_id, row.first_pole, row.last_pole))
        mine = [one for one in told.get((row.date, row.party), []) if span_of_hazard[one] in spans]
        assert len(mine) == row.finds, row
        assert (hazards["state"].iloc[mine] != "refuted").all()
        used |= set(mine)
    assert len(used) == layers.patrols["finds"].sum() > 350


def test_hazards_come_again_where_they_came_before(ground, layers, span_of_hazard):
    """The places differ: what the first year told says where to look in the second, far beyond chance."""
    at, hazards = ground.section_of[span_of_hazard], layers.hazards
    true = (hazards["state"] != "refuted").to_numpy()
    early = (hazards["reported"] < "2023-08-16").to_numpy()
    count = [np.bincount(at[true & year], minlength=len(ground.sections)) for year in (early, ~early)]
    km = ground.sections["length_m"].to_numpy() / 1000
    worst = np.argsort(-count[0] / km, kind="stable")
    fifth = worst[: np.searchsorted(np.cumsum(km[worst]), 0.2 * km.sum())]
    share = count[1][fifth].sum() / count[1].sum()
    assert 0.27 <= share <= 0.60, "chance is 0.20"


def test_work_falls_due_level(ground, layers):
    """No day on which everything falls due: of the eight weeks after the records each has its share."""
    sections = history_at(ground, layers, date(2024, 8, 16)).sections
    known = sections[~sections["assumed"]]
    week = (known["due"] - pd.Timestamp(TODAY)).dt.days // 7
    share = known.groupby(week)["length_m"].sum() / known["length_m"].sum()
    assert share[share.index < 0].sum() < 0.12
    assert share.loc[0:3].between(0.08, 0.30).all(), share
    assert share.max() <= 0.30


@pytest.fixture(scope="module", params=HORIZONS, ids=["demo", "week"])
def ready(request, folder):
    first, days = request.param
    return prepare(read_project(folder), first=first, days=days)


def test_planning_means_choosing(ready):
    tasks, problem = ready.built.tasks, ready.built.problem
    hours = pd.Series(needed_s(problem), index=tasks.index) / 3600
    offered = sum(offered_s(problem)) / 3600
    assert 1.30 <= hours.sum() / offered <= 1.50
    repeated = {task for series in problem.series for task in series.tasks}
    must = pd.Series([task.mandatory > 0 or k in repeated for k, task in enumerate(problem.tasks)], index=tasks.index)
    assert 0.60 <= hours[must].sum() / offered <= 1.05, "cycles that end within the plan are due work, too"
    assert not ready.built.unreachable


def test_a_minority_of_sections_is_overdue(ready):
    sections = ready.built.tasks.query("kind == 'section'")
    overdue = sections["overdue_days"] > 0
    assert 30 <= overdue.sum() <= 60
    assert 70 <= (~overdue).sum() <= 160
    assert sections["overdue_days"].max() <= 25
    assert 0 < ready.picture.sections["assumed"].sum() <= 40, "a few whose patrols nobody wrote down"
    assert 30 <= (ready.built.tasks["kind"] == "hazard").sum() <= 40


def test_each_party_has_work_within_its_reach(ready):
    problem = ready.built.problem
    for party in PARTIES:
        mine = {k for k, shift in enumerate(problem.shifts) if shift.party == party}
        work = [task for task in range(len(problem.tasks)) if any(may_serve(problem, task, k) for k in mine)]
        assert len(work) >= 20, party


@pytest.mark.parametrize("engine", ENGINES)
def test_every_emergency_of_the_demo_is_served_and_most_of_what_is_due(folder, engine):
    """Cycles that end within the plan are due work too: more than a few steps of a search find room for."""
    first, days = HORIZONS[0]
    days = 1 if engine == "ortools" else days  # its model of whole weeks takes minutes
    problem = prepare(read_project(folder), first=first, days=days).built.problem
    solution = solve(problem, engine=engine, iterations=3)
    left_out = {problem.tasks[item.task].task_id: problem.tasks[item.task].mandatory for item in solution.dropped}
    assert [task for task, weight in left_out.items() if weight >= MANDATORY_EMERGENCY] == []
    assert solution.mandatory_served >= 0.8 * total_weight(problem)


def test_some_descriptions_try_to_break_careless_programs(table):
    text = " ".join(table("hazards")["description"])
    assert "{{x}}" in text
    assert "<b>" in text
    assert table("hazards")["description"].str.startswith("=").any()


def _carry_out(folder, served, first, again):
    """Write down what was planned: sections patrolled, visits made, hazards closed; and a year-old week comes again."""

    def table(name):
        return pd.read_csv(folder / f"{name}.csv", dtype=str, keep_default_na=False, encoding="utf-8-sig")

    def write(name, rows):
        rows.to_csv(folder / f"{name}.csv", index=False, encoding="utf-8-sig")

    day, patrols, hazards, requests = first.isoformat(), table("patrols"), table("hazards"), table("requests")
    walked = pd.DataFrame(
        {"date": done.isoformat(), "mode": "foot", "party": "enterprise", "finds": "0"}
        | {key: task["extras"][key] for key in ("feeder_id", "first_pole", "last_pole")}
        for task, done in served
        if task["kind"] == "section"
    )
    write("patrols", pd.concat([patrols, walked]))
    name = {task["task_id"].split(":", 1)[1]: done.isoformat() for task, done in served}
    hazards.loc[hazards["hazard_id"].isin(name), ["state", "closed"]] = ["closed", day]
    write("hazards", pd.concat([hazards, again.assign(state="reported", closed="")]))
    requests.loc[requests["request_id"].isin(name), "state"] = "done"
    write("requests", requests)
    path = folder / "service_points.geojson"
    points = json.loads(path.read_text("utf-8"))
    for feature in points["features"]:
        row = feature["properties"]
        row["last_visit"] = name.get(row["point_id"], row["last_visit"])
    path.write_text(json.dumps(points, ensure_ascii=False), "utf-8")


def _a_year_later(hazards, first):
    """Return the hazards of the week a year (52 weeks) before, as if they came again."""
    year = pd.Timedelta(days=364)
    day = pd.to_datetime(hazards["reported"]) + year
    start = pd.Timestamp(first)
    here = (day >= start) & (day < start + pd.Timedelta(days=7)) & (hazards["state"] != "refuted")
    return hazards[here].assign(
        hazard_id="again-" + hazards["hazard_id"][here], reported=day[here].dt.strftime("%Y-%m-%d")
    )


def test_four_weeks_one_after_the_other_need_as_much(folder, table, tmp_path):
    """What is planned is done and written down, week by week: the backlog stands, and every week is a normal one."""
    work = tmp_path / "county"
    shutil.copytree(folder, work)
    first, ratios = date(2024, 8, 19), []
    for _ in range(4):
        built = prepare(read_project(work), first=first, days=7).built
        problem = built.problem
        ratios.append(sum(needed_s(problem)) / sum(offered_s(problem)))
        routes = solve(problem, budget="fast").routes  # as a planner has them: a shorter search leaves more behind
        tasks = built.tasks.to_dict("records")
        served = [
            (tasks[stop.task], first + timedelta(days=problem.shifts[route.shift].day))
            for route in routes
            for stop in route.stops
            if stop.task >= 0
        ]
        _carry_out(work, served, first + timedelta(days=6), _a_year_later(table("hazards"), first))
        first += timedelta(days=7)
    assert all(1.25 <= ratio <= 1.55 for ratio in ratios), ratios


def test_sixty_days_of_weather_cover_the_demo_week(table):
    weather = table("weather")
    days = [date(2024, 8, 25) - timedelta(days=k) for k in range(59, -1, -1)]
    assert weather["date"].tolist() == [day.isoformat() for day in days]
    assert not weather.loc[weather["date"] >= TODAY, "alerts"].str.contains("thunder").any()


def test_tables_hold_no_other_encoding(folder):
    for path in (path for path in folder.rglob("*") if path.is_file()):
        path.read_bytes().decode("utf-8-sig")
        if path.suffix == ".csv":
            with path.open(encoding="utf-8-sig", newline="") as stream:
                widths = {len(row) for row in csv.reader(stream)}
            assert len(widths) == 1, path.name
