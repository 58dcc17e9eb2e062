import csv
import re
import tomllib
from dataclasses import asdict, fields

import geopandas as gpd
import pandas as pd
import pytest
import shapely

from patrol.config import Settings
from patrol.errors import LayerError
from patrol.hazards.taxonomy import load_types
from patrol.layers.check import check_project
from patrol.layers.files import load_layers
from patrol.layers.project_file import project_text
from patrol.layers.schema import SCHEMAS
from patrol.layers.starter import init_project, local_defaults, starter_crews
from patrol.network.topology import build_network
from patrol.project import INPUTS, read_project


@pytest.fixture(scope="module")
def example(tmp_path_factory):
    out = tmp_path_factory.mktemp("init") / "我的 项目"
    init_project(out)
    return out


def test_example_checks_without_a_word(example):
    project = read_project(example)
    assert set(project.inputs) == set(INPUTS)
    assert project.synthetic
    found = check_project(project, hazard_types=frozenset(load_types().index))
    assert {f.level for f in found} == {"note"}
    assert {f.code.split(".")[1] for f in found} == {"count"}


def test_example_loads_every_row_of_every_template(example):
    layers = load_layers(read_project(example))
    for kind in INPUTS:
        assert len(getattr(layers, kind)) > 0, kind
    assert layers.rejected.empty
    assert layers.crews["party"].tolist() == ["enterprise", "government", "fire", "villager"]
    assert layers.crews["placeholder"].all()


def test_example_makes_a_traced_network(example):
    project = read_project(example)
    layers = load_layers(project)
    network = build_network(layers.lines, layers.poles, layers.equipment, settings=project.settings.network)
    assert network.feeders["source_how"].tolist() == ["breaker"]
    assert network.feeders[["loops", "islands"]].to_numpy().tolist() == [[0, 0]]
    assert (network.equipment["node"] >= 0).all()
    assert not [f for f in network.findings if f.level != "note"]


def test_templates_show_every_column(example):
    for kind, schema in SCHEMAS.items():
        if (example / f"{kind}.csv").exists():
            with (example / f"{kind}.csv").open(encoding="utf-8-sig", newline="") as file:
                heading, *rows = csv.reader(file)
            assert set(schema.columns) <= set(heading), kind
            assert rows
            assert (example / f"{kind}.csv").read_bytes().startswith(b"\xef\xbb\xbf"), "for spreadsheets"
        else:
            assert set(schema.columns) <= set(gpd.read_file(example / f"{kind}.geojson").columns), kind


def test_howto_names_every_input_and_column_in_both_languages(example):
    howto = (example / "HOWTO.txt").read_text("utf-8")
    for kind, schema in SCHEMAS.items():
        part = howto.split(f"[{kind}]")[1].split("\n[")[0]
        for column, what in schema.columns.items():
            assert re.search(rf"^  [* ] {column}\b", part, re.MULTILINE), (kind, column)
            assert (f"* {column}" in part) == what.required
    assert "杆塔号" in howto
    assert "本计划不是工作票" in howto


def test_init_refuses_a_folder_in_use(example):
    with pytest.raises(LayerError, match="already holds"):
        init_project(example)
    init_project(example, overwrite=True)


def test_init_refuses_a_file_and_leaves_nothing_half_made(tmp_path):
    (tmp_path / "x").write_text("", "utf-8")
    with pytest.raises(LayerError, match="is a file"):
        init_project(tmp_path / "x")
    with pytest.raises(LayerError, match="cannot be written"):
        init_project(tmp_path / "x" / "y")
    assert [p.name for p in tmp_path.iterdir()] == ["x"]


def test_every_setting_is_written_with_its_default(tmp_path):
    text = project_text({"lines": {"path": "a"}}, name="a")
    assert tomllib.loads(text)["settings"] == {f.name: {} for f in fields(Settings)}
    opened = re.sub(r"^# (\w+ = )", r"\1", text.split("# ---- Settings")[1].split("\n", 1)[1], flags=re.MULTILINE)
    assert tomllib.loads(opened)["settings"] == asdict(Settings())
    for section in fields(Settings):
        for setting in fields(section.default_factory()):
            part = text.split(f"[settings.{section.name}]")[1].split("\n[")[0]
            line = next(one for one in part.splitlines() if one.startswith(f"# {setting.name} = "))
            assert setting.metadata["doc"] in line
            assert ("(m) expert's guess" in line) == setting.metadata["guess"]


def test_project_text_survives_odd_names_and_keeps_chosen_settings():
    chosen = {"network": {"section_max_m": 400.0}, "consequence": {"important_weight": {"1": 2.0, "a b": 3.5}}}
    inputs = {"lines": {"path": "线 路.gpkg", "crs": "GCJ-02"}}
    text = project_text(inputs, name='a "b" \\ \n 平罗', settings=chosen)
    table = tomllib.loads(text)
    assert table["name"] == 'a "b" \\ \n 平罗'
    register = {"path": "register.gpkg"}  # named from the start; the first report makes it
    assert table["inputs"] == {
        "lines": {"path": "线 路.gpkg", "crs": "GCJ-02"},
        "register": register,
        "field": {"path": "field.db"},
    }
    assert table["settings"]["network"] == {"section_max_m": 400.0}
    assert table["settings"]["consequence"] == chosen["consequence"]


def frame(points, **columns):
    return gpd.GeoDataFrame(columns, geometry=[shapely.Point(*p) for p in points], crs="EPSG:4326")


LINE = gpd.GeoDataFrame(geometry=[shapely.LineString([(106.5, 38.9), (106.52, 38.9)])], crs="EPSG:4326")
TOWNS = frame(
    [(106.51, 38.901), (106.53, 38.9), (106.40, 38.9), (107.5, 38.9)],
    kind=["village", "town", "town", "city"],
    name=["Near", "Small", "Large", "Far"],
    name_zh=["近村", "小镇", "大镇", "远城"],
    population=[None, 2000, 9000, 10**6],
)
NOTHING = frame([], kind=[], name=[], name_zh=[])


def test_starter_crews_stand_where_their_party_would():
    stations = frame([(106.6, 38.9), (106.5, 38.9)], name=["B", "A"], name_zh=["乙变", "甲变"])
    crews = starter_crews(LINE, TOWNS, stations).set_index("party")
    assert list(crews["start_lon"]) == [106.5, 106.40, 106.53, 106.51]
    assert crews["mode"].tolist() == ["vehicle", "vehicle", "vehicle", "foot"]
    assert crews.at["enterprise", "people"] == 2
    assert crews["name"].str.endswith("(PLACEHOLDER - edit me)").all()
    assert crews["name_zh"].tolist()[1] == "大镇乡镇巡查队（占位-请修改）"
    assert crews["placeholder"].all()


@pytest.mark.parametrize(("places", "lon"), [(TOWNS, 106.40), (NOTHING, 106.5)])
def test_without_a_substation_the_largest_town_or_the_line_end_serves(places, lon):
    crews = starter_crews(LINE, places, NOTHING).set_index("party")
    assert crews.at["enterprise", "start_lon"] == lon
    assert len(crews) == 4
    assert set(crews.reset_index().columns) == set(SCHEMAS["crews"].columns)
    assert isinstance(crews, pd.DataFrame)


@pytest.mark.parametrize(
    ("lon", "expected"),
    [
        (106.5, ("Asia/Shanghai", False, "zh")),
        (11.5, ("Etc/GMT-1", True, "en")),
        (-77.0, ("Etc/GMT+5", True, "en")),
        (2.0, ("Etc/UTC", True, "en")),
    ],
)
def test_local_defaults(lon, expected):
    lines = gpd.GeoDataFrame(geometry=[shapely.LineString([(lon, 40), (lon, 40.1)])], crs="EPSG:4326")
    assert local_defaults(lines) == dict(zip(("timezone", "timezone_guessed", "language"), expected, strict=True))


@pytest.mark.parametrize(("lon", "zone"), [((179.0, -179.6), "Etc/GMT-12"), ((178.2, 179.9), "Etc/GMT-12")])
def test_lines_across_the_antimeridian_are_on_its_clock(lon, zone):
    """Fiji: the plain mean of 179 and -179.6 is Greenwich."""
    shapes = [shapely.LineString([(one, -17), (one, -17.1)]) for one in lon]
    assert local_defaults(gpd.GeoDataFrame(geometry=shapes, crs="EPSG:4326"))["timezone"] == zone
