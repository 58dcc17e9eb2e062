import gzip
import hashlib
import importlib.util
import itertools
import shutil
from pathlib import Path
from xml.sax.saxutils import quoteattr

import geopandas as gpd
import networkx as nx
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Geod

from patrol.errors import LayerError
from patrol.layers import osm_tags
from patrol.layers.files import load_layers
from patrol.layers.osm import import_osm
from patrol.network.topology import build_network
from patrol.project import read_project

_spec = importlib.util.spec_from_file_location("osm_pbf", Path(__file__).with_name("osm_pbf.py"))
osm_pbf = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(osm_pbf)

# A small county: two lines that cross without a node, a tap at a shared inner node, a 110 kV line over them.
NODES = {
    1: (106.50, 38.90, {"power": "pole", "ref": "A1"}),
    2: (106.51, 38.90, {"power": "pole"}),
    3: (106.52, 38.90, {"power": "pole", "transformer": "distribution", "rating": "0.4 MVA"}),
    4: (106.51, 38.91, {"power": "pole", "ref": "A1"}),
    5: (106.51, 38.89, {}),
    6: (106.505, 38.88, {"power": "tower"}),
    7: (106.505, 38.92, {"power": "tower"}),
    8: (106.515, 38.895, {"power": "pole", "switch": "disconnector"}),
    9: (106.515, 38.905, {}),
    10: (106.49, 38.90, {"place": "village", "name": "新民村", "name:en": "Xinmin", "population": "1,200"}),
    11: (106.60, 38.90, {"place": "town", "name": "城关镇"}),
    12: (106.4990, 38.8995, {}),
    13: (106.5001, 38.8995, {}),
    14: (106.5001, 38.9005, {}),
    15: (106.9, 38.9, {"power": "pole"}),
    16: (106.515, 38.91, {"power": "switch", "switch": "circuit_breaker"}),
}
WAYS = {
    100: ([1, 2, 3], {"power": "minor_line", "operator": 'Pingluo "Power", =>1'}),
    101: ([4, 2, 5], {"power": "minor_line"}),
    102: ([6, 7], {"power": "line", "voltage": "110000"}),
    103: ([8, 9], {"power": "cable", "voltage": "10000"}),
    104: ([12, 13, 14, 12], {"power": "substation", "voltage": "110000;10000", "name": "平罗变"}),
    105: ([12, 13, 14, 12], {"power": "generator"}),
    106: ([1, 6], {"highway": "primary_link", "maxspeed": "50 mph", "oneway": "-1", "surface": "asphalt"}),
    107: ([6, 8, 9, 6], {"highway": "tertiary", "junction": "roundabout"}),
    108: ([6, 8], {"highway": "proposed"}),
    109: ([6, 15], {"power": "line", "voltage": "27500", "frequency": "0"}),
    110: ([7, 9], {"highway": "busway", "maxspeed": "none", "oneway": "no"}),
}


def write_osm(path, nodes=NODES, ways=WAYS):
    def tags(table):
        return "".join(f"<tag k={quoteattr(k)} v={quoteattr(v)}/>" for k, v in table.items())

    lines = ['<?xml version="1.0" encoding="UTF-8"?>', '<osm version="0.6">']
    lines += [f'<node id="{i}" lon="{x}" lat="{y}" version="1">{tags(t)}</node>' for i, (x, y, t) in nodes.items()]
    for i, (refs, table) in ways.items():
        lines.append(
            f'<way id="{i}" version="1">{"".join(f"<nd ref={chr(34)}{r}{chr(34)}/>" for r in refs)}{tags(table)}</way>'
        )
    path.write_text("\n".join([*lines, "</osm>"]), "utf-8")
    return path


def read(out, kind):
    return gpd.read_file(out / f"{kind}.gpkg")


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    folder = tmp_path_factory.mktemp("osm")
    out = folder / "出"
    findings = import_osm(write_osm(folder / "小县.osm"), out)
    return out, findings


@pytest.fixture(scope="module")
def bayreuth(shared, tmp_path_factory):
    out = tmp_path_factory.mktemp("osm") / "拜罗伊特 bayreuth"
    findings = import_osm(shared / "data" / "osm_north_bayreuth" / "north-bayreuth.osm.gz", out)
    return out, findings


def test_bayreuth_has_22_minor_lines_and_2_of_110_kv(bayreuth):
    lines = read(bayreuth[0], "lines")
    km = lines.geometry.map(Geod(ellps="WGS84").geometry_length) / 1000
    minor = lines["voltage_kv"] == 10
    assert (minor.sum(), round(km[minor].sum(), 1)) == (22, 43.4)
    assert (lines["voltage_kv"] == 110).sum() == 2
    assert round(km[~minor].sum(), 1) == 31.4
    assert set(lines["voltage_kv"]) == {10, 110}


def test_bayreuth_minor_lines_are_four_networks_by_shared_nodes(bayreuth):
    lines = read(bayreuth[0], "lines")
    minor = lines[lines["voltage_kv"] == 10]
    assert sorted(minor["feeder_id"].unique()) == ["F1", "F2", "F3", "F4"]
    coordinates = {
        feeder: set(map(tuple, shapely.get_coordinates(rows.geometry.to_numpy())))
        for feeder, rows in minor.groupby("feeder_id")
    }
    for one, other in itertools.combinations(coordinates.values(), 2):
        assert not one & other
    metres = minor.to_crs(25832)
    one, other = metres.sindex.query(metres.geometry, predicate="crosses")
    pairs = {
        tuple(sorted(pair)) for pair in zip(metres["line_id"].iloc[one], metres["line_id"].iloc[other], strict=True)
    }
    # the only two that meet in their middles do so at a node of both: 2400422464
    assert pairs == {("w231702683", "w231702684")}
    high = lines[lines["voltage_kv"] == 110].to_crs(25832)
    assert len(metres.sindex.query(high.geometry, predicate="crosses")[0]) == 3, "crossings of 110 kV join nothing"
    length = metres.length.groupby(metres["feeder_id"]).sum()
    assert length.sort_index().is_monotonic_decreasing


def test_bayreuth_poles_equipment_roads_and_places(bayreuth):
    out, findings = bayreuth
    poles = read(out, "poles")
    minor = poles[poles["feeder_id"].str.startswith("F")]
    assert (poles["type"] == "pole").sum() == len(minor) == 307
    assert (poles["type"] == "tower").sum() == 130
    assert not poles.duplicated(["feeder_id", "pole_no"]).any()
    assert (read(out, "equipment")["kind"] == "substation").sum() == 15
    roads = read(out, "roads")
    assert len(roads) == 2056
    assert (roads["road_class"] == "track").sum() == 900
    assert set(roads["oneway"]) == {"", "yes"}
    assert len(read(out, "places")) == 71
    notes = {f.code: f.what for f in findings}
    assert notes["osm.generators"].startswith("27 outlines")
    assert "43.4 km" in notes["osm.lines"]
    assert {f.level for f in findings} == {"note"}


def test_bayreuth_numbers_follow_the_line(bayreuth):
    poles = read(bayreuth[0], "poles").to_crs(25832)
    for _, one in poles[poles["feeder_id"].str.startswith("F")].groupby("feeder_id"):
        assert one["pole_no"].astype(int).tolist() == list(range(1, len(one) + 1))
        step = one.geometry.distance(one.geometry.shift())
        assert (step.dropna() < 400).mean() > 0.9, "neighbours in number are neighbours on the line"


def test_folder_is_a_project_with_attribution_and_placeholder_crews(bayreuth):
    out, _ = bayreuth
    project = read_project(out)
    assert set(project.inputs) == {"lines", "poles", "equipment", "roads", "places", "crews"}
    assert project.language == "en"
    assert "OpenStreetMap contributors" in (out / "ATTRIBUTION.txt").read_text("utf-8")
    crews = pd.read_csv(out / "crews.csv", encoding="utf-8-sig")
    assert crews["party"].tolist() == ["enterprise", "government", "fire", "villager"]
    assert crews["placeholder"].all()
    assert crews["name"].str.contains("PLACEHOLDER").all()
    assert sorted(p.name for p in out.parent.iterdir()) == [out.name], "nothing is left of the building site"


def test_bayreuth_through_check_and_topology(bayreuth):
    project = read_project(bayreuth[0])
    layers = load_layers(project)
    assert not [f for f in layers.findings if f.level in {"error", "rejected"}]
    network = build_network(layers.lines, layers.poles, layers.equipment, settings=project.settings.network)
    feeders = network.feeders.set_index("feeder_id")
    assert feeders.index.tolist() == ["F1", "F2", "F3", "F4"]
    assert (feeders[["loops", "islands"]] == 0).all(axis=None)
    graph = nx.Graph(zip(network.spans["u"], network.spans["v"], strict=True))
    assert sorted(len(part) for part in nx.connected_components(graph)) == [5, 28, 127, 147]
    assert (network.nodes["pole_no"] != "").all()
    assert round(network.spans["length_m"].sum() / 1000, 1) == 43.4


def test_small_county_stays_apart_in_topology(small):
    project = read_project(small[0])
    layers = load_layers(project)
    network = build_network(layers.lines, layers.poles, layers.equipment, settings=project.settings.network)
    graph = nx.Graph(zip(network.spans["u"], network.spans["v"], strict=True))
    assert nx.number_connected_components(graph) == 2, "crossing lines are not joined"
    assert set(network.spans["line_id"]) == {"w100", "w101", "w103"}, "110 kV is not patrolled"


def test_two_imports_are_byte_equal(small, tmp_path):
    again = tmp_path / "again"
    import_osm(small[0].parent / "小县.osm", again)
    for file in sorted(path for path in small[0].rglob("*") if path.is_file()):
        other = again / file.relative_to(small[0])
        assert hashlib.sha256(file.read_bytes()).digest() == hashlib.sha256(other.read_bytes()).digest()


def test_small_county_lines(small):
    lines = read(small[0], "lines").set_index("line_id")
    assert sorted(lines.index) == ["w100", "w101", "w102", "w103"]
    assert lines["voltage_kv"].to_dict() == {"w100": 10, "w101": 10, "w102": 110, "w103": 10}
    assert lines.at["w100", "feeder_id"] == lines.at["w101", "feeder_id"] == "F1", "they share an inner node"
    assert lines.at["w103", "feeder_id"] == "F2", "it crosses the others without a node"
    assert lines.at["w102", "feeder_id"] == "HV1"
    assert lines.at["w103", "placement"] == "underground"
    assert lines.at["w100", "owner"] == 'Pingluo "Power", =>1'
    assert lines.at["w100", "name"] == "Feeder 1 (Xinmin)"
    assert lines.at["w100", "name_zh"] == "馈线1（新民村）"


def test_small_county_poles_keep_their_numbers(small):
    poles = read(small[0], "poles")
    own = poles[poles["feeder_id"] == "F1"]
    assert len(own) == 4, "the pole that stands on no line is left out"
    assert (own["pole_no"] == "A1").sum() == 1, "a number used twice stays with the first pole"
    assert own["pole_no"].is_unique
    assert {f.code for f in small[1]} >= {"osm.poles_off", "osm.poles_numbered"}


def test_small_county_equipment(small):
    equipment = read(small[0], "equipment").set_index("equipment_id")
    assert equipment["kind"].to_dict() == {
        "n3": "transformer",
        "n8": "switch",
        "n16": "breaker",
        "w104": "substation",
    }
    assert equipment.at["n3", "capacity_kva"] == 400
    ring = shapely.Polygon([NODES[i][:2] for i in WAYS[104][0]])
    assert ring.contains(equipment.at["w104", "geometry"])
    assert equipment.at["w104", "name_zh"] == "平罗变"


def test_small_county_roads(small):
    roads = read(small[0], "roads").sort_values("road_class").set_index("road_class")
    assert roads["oneway"].to_dict() == {"other": "", "primary": "-1", "tertiary": "yes"}
    assert roads.at["primary", "speed_kmh"] == 80.5
    assert roads["speed_kmh"].isna().sum() == 2


def test_small_county_crews_stand_at_the_substation_and_the_towns(small):
    crews = pd.read_csv(small[0] / "crews.csv", encoding="utf-8-sig").set_index("party")
    assert abs(crews.at["enterprise", "start_lon"] - 106.4997) < 0.001
    assert crews.at["government", "start_lon"] == 106.60, "the town is larger than the village"
    assert crews.at["fire", "start_lon"] == crews.at["villager", "start_lon"] == 106.49
    assert crews.at["villager", "mode"] == "foot"
    assert read_project(small[0]).timezone == "Asia/Shanghai"


def test_gzip_and_pbf_give_the_same_folder(small, tmp_path):
    packed = tmp_path / "packed.osm.gz"
    packed.write_bytes(gzip.compress((small[0].parent / "小县.osm").read_bytes()))
    osm_pbf.write_pbf(tmp_path / "county.osm.pbf", NODES, WAYS)
    for source in (packed, tmp_path / "county.osm.pbf"):
        out = tmp_path / source.name.split(".")[0]
        import_osm(source, out)
        for kind in ("lines", "poles", "equipment", "roads", "places"):
            a, b = read(small[0], kind), read(out, kind)
            pd.testing.assert_frame_equal(
                pd.DataFrame(a.drop(columns="geometry")), pd.DataFrame(b.drop(columns="geometry"))
            )
            assert a.geometry.geom_equals(b.geometry).all(), (source, kind)


def test_ways_whose_nodes_are_cut_off_do_no_harm(tmp_path):
    cut = {
        200: ([1, 999, 998], {"power": "minor_line"}),
        201: ([997, 996], {"power": "minor_line"}),
        202: ([2], {"power": "line"}),
    }
    import_osm(write_osm(tmp_path / "a.osm", ways={**WAYS, **cut}), tmp_path / "out")
    assert (
        {"w100", "w101"}
        <= set(read(tmp_path / "out", "lines")["line_id"])
        <= {f"w{i}" for i in (100, 101, 102, 103, 200)}
    )


def test_voltages_are_settings(tmp_path):
    out = tmp_path / "out"
    source = write_osm(tmp_path / "a.osm", ways={**WAYS, 102: ([6, 7], {"power": "line"})})
    import_osm(source, out, minor_kv=20.0, transmission_kv=35.0, distribution_max_kv=20.0)
    lines = read(out, "lines").set_index("line_id")
    assert lines.at["w100", "voltage_kv"] == 20
    assert lines.at["w102", "feeder_id"] == "HV1"
    assert read_project(out).settings.network.distribution_max_kv == 20


@pytest.mark.parametrize(
    ("content", "code", "words"),
    [
        (b"", "osm.unreadable", "the file is empty"),
        (b" \n", "osm.unreadable", "the file is empty"),
        (gzip.compress(b"", mtime=0), "osm.unreadable", "the file is empty"),
        (b"hello", "osm.unreadable", "is no OpenStreetMap data"),
        (b'<?xml version="1.0"?><osm version="0.6"><node id="1" lat="1" lon="2"/>', "osm.unreadable", "closing </osm>"),
        (b'<osm version="0.6"><node id="1" lat="x"></way></osm>', "osm.unreadable", "damaged or cut short"),
        (b'<?xml version="1.0"?><osm version="0.6"></osm>', "osm.no_lines", "no power line"),
        (
            gzip.compress(b'<?xml version="1.0"?><osm version="0.6"></osm>', mtime=0)[:-9],
            "osm.unreadable",
            "archive is damaged",
        ),
        (b"\x00\x00\x00\x0d\x0a\x09OSMHeader\x18", "osm.unreadable", "damaged or cut short"),
    ],
)
def test_bad_files_are_refused_and_leave_nothing(tmp_path, content, code, words):
    source = tmp_path / "bad.osm"
    source.write_bytes(content)
    with pytest.raises(LayerError) as caught:
        import_osm(source, tmp_path / "out")
    assert [f.code for f in caught.value.findings] == [code]
    assert words in str(caught.value)
    for word in ("driver", "Layer", "DRIVER"):  # GDAL's own words are for developers
        assert word not in str(caught.value)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["bad.osm"]


def test_missing_file_is_told(tmp_path):
    with pytest.raises(LayerError, match="does not exist"):
        import_osm(tmp_path / "no.osm", tmp_path / "out")


def test_an_existing_project_is_not_overwritten(small, tmp_path):
    source = small[0].parent / "小县.osm"
    out = tmp_path / "out"
    shutil.copytree(small[0], out)
    (out / "notes.txt").write_text("mine", "utf-8")
    before = (out / "lines.gpkg").read_bytes()
    with pytest.raises(LayerError, match=r"already holds project\.toml"):
        import_osm(source, out)
    import_osm(source, out, overwrite=True)
    assert (out / "lines.gpkg").read_bytes() == before
    assert (out / "notes.txt").read_text("utf-8") == "mine"


def test_a_layer_of_the_users_is_not_overwritten_either(tmp_path):
    out = tmp_path / "out"
    out.mkdir()
    (out / "lines.gpkg").write_bytes(b"precious")
    with pytest.raises(LayerError, match=r"already holds lines\.gpkg"):
        import_osm(write_osm(tmp_path / "a.osm"), out)
    assert (out / "lines.gpkg").read_bytes() == b"precious"
    assert [p.name for p in out.iterdir()] == ["lines.gpkg"]


def quoted(text):
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


@given(st.dictionaries(st.text(max_size=8), st.text(max_size=8), max_size=5))
def test_hstore_is_read_back_whatever_stands_in_it(tags):
    text = ",".join(f"{quoted(key)}=>{quoted(value)}" for key, value in tags.items())
    assert osm_tags.parse_hstore(text) == tags


def test_hstore_of_nothing():
    assert osm_tags.parse_hstore(None) == osm_tags.parse_hstore(float("nan")) == osm_tags.parse_hstore("") == {}
    assert osm_tags.parse_hstore('"a"=>NULL, "b" => "1"') == {"b": "1"}


@pytest.mark.parametrize(
    ("voltage", "expected"),
    [("10000", [10]), ("110000;20000", [110, 20]), ("10 kV", [10]), ("35,000", [35]), ("yes", []), ("0", []), ("", [])],
)
def test_voltages(voltage, expected):
    assert osm_tags.voltages_kv({"voltage": voltage}) == expected


@pytest.mark.parametrize(
    ("tags", "kind"),
    [
        ({"power": "substation", "substation": "minor_distribution"}, "transformer"),
        ({"power": "substation", "voltage": "10000;400"}, "transformer"),
        ({"power": "sub_station"}, "substation"),
        ({"power": "pole", "switch": "recloser"}, "recloser"),
        ({"power": "pole", "transformer": "no"}, ""),
        ({"power": "generator"}, ""),
    ],
)
def test_equipment_kinds(tags, kind):
    assert osm_tags.equipment_kind(tags, distribution_max_kv=35) == kind


@pytest.mark.parametrize(
    ("value", "kmh"),
    [("50", 50), ("30 mph", 48.3), ("none", None), ("DE:urban", None), ("80;60", 60), ("7", 7), ("signals", None)],
)
def test_speeds(value, kmh):
    assert osm_tags.speed_kmh({"maxspeed": value}) == kmh


@pytest.mark.parametrize(
    "tags",
    [{"disused": "yes"}, {"abandoned": "yes"}, {"demolished": "yes"}, {"proposed": "yes"}, {"removed": "2019"}],
)
def test_lines_out_of_use_are_left_out_and_told(tmp_path, tags):
    ways = {**WAYS, 200: ([9, 16], {"power": "minor_line", **tags})}
    findings = import_osm(write_osm(tmp_path / "a.osm", ways=ways), tmp_path / "out")
    assert "w200" not in set(read(tmp_path / "out", "lines")["line_id"])
    (told,) = [one for one in findings if one.code == "osm.out_of_use"]
    assert told.what.startswith("1 line ")


def test_a_line_in_use_that_says_so_stays(tmp_path):
    ways = {**WAYS, 200: ([9, 16], {"power": "minor_line", "disused": "no"})}
    findings = import_osm(write_osm(tmp_path / "a.osm", ways=ways), tmp_path / "out")
    assert "w200" in set(read(tmp_path / "out", "lines")["line_id"])
    assert not [one for one in findings if one.code == "osm.out_of_use"]


def test_a_way_without_length_is_left_out_and_told(tmp_path):
    ways = {**WAYS, 200: ([1, 1], {"power": "minor_line"})}
    findings = import_osm(write_osm(tmp_path / "a.osm", ways=ways), tmp_path / "out")
    assert "w200" not in set(read(tmp_path / "out", "lines")["line_id"])
    assert [one.what for one in findings if one.code == "osm.no_length"] == ["1 line without length left out"]
    assert not load_layers(read_project(tmp_path / "out")).rejected.size


@pytest.mark.parametrize("volts", ["-5", "5", "0", "99999999", "unknown"])
def test_a_voltage_that_is_none_counts_as_untagged(tmp_path, volts):
    ways = {**WAYS, 100: (WAYS[100][0], {**WAYS[100][1], "voltage": volts})}
    import_osm(write_osm(tmp_path / "a.osm", ways=ways), tmp_path / "out", minor_kv=20.0)
    lines = read(tmp_path / "out", "lines").set_index("line_id")
    assert lines.loc["w100", "voltage_kv"] == 20


def test_advice_names_options_as_they_are_typed(tmp_path):
    ways = {100: ([1, 2, 3], {"power": "line"})}
    with pytest.raises(LayerError, match="--minor-kv, --transmission-kv"):
        import_osm(write_osm(tmp_path / "a.osm", ways=ways), tmp_path / "out")
