import builtins
import json
import warnings

import geopandas as gpd
import networkx as nx
import pandas as pd
import pytest
import shapely

from patrol.errors import LayerError
from patrol.layers.files import load_layers
from patrol.layers.pandapower import import_pandapower
from patrol.network.topology import build_network
from patrol.project import read_project


def read(out, kind):
    return gpd.read_file(out / f"{kind}.gpkg")


@pytest.fixture(scope="module")
def oberrhein(shared, tmp_path_factory):
    out = tmp_path_factory.mktemp("pandapower") / "上莱茵"
    findings = import_pandapower(shared / "data" / "pandapower_mv_oberrhein" / "network.gpkg", out)
    return out, findings


@pytest.fixture(scope="module")
def pandapower():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # pandapower's own
        import pandapower
        import pandapower.networks
    return pandapower


def network_of(out):
    project = read_project(out)
    layers = load_layers(project)
    assert not [f for f in layers.findings if f.level in {"error", "rejected"}]
    return build_network(layers.lines, layers.poles, layers.equipment, settings=project.settings.network)


def trees(out, tolerance_m=1.0):
    """Parts of the imported lines by place alone: ends within a tolerance are one joint, open switches cut."""
    lines = read(out, "lines").to_crs(25832).set_index("line_id")
    opened = read(out, "equipment").to_crs(25832)
    opened = opened[opened["normally_open"]]
    graph, ends = nx.Graph(), []
    for line_id, shape in lines.geometry.items():
        for which, point in ((0, shape.coords[0]), (1, shape.coords[-1])):
            place = shapely.Point(point)
            mine = opened[opened["line_id"] == line_id]
            cut = bool(len(mine)) and mine.distance(place).min() < tolerance_m
            ends.append(((line_id, which), place, cut))
    tree = shapely.STRtree([place for _, place, _ in ends])
    for key, place, cut in ends:
        graph.add_edge((key[0], 0), (key[0], 1))
        for other in tree.query(place.buffer(tolerance_m)):
            if not cut and not ends[other][2]:
                graph.add_edge(key, ends[other][0])
    return list(nx.connected_components(graph))


def test_oberrhein_is_two_trees_by_place_alone(oberrhein):
    parts = trees(oberrhein[0])
    lines = read(oberrhein[0], "lines").set_index("line_id")
    sizes = sorted(len({line for line, _ in part}) for part in parts)
    # a tree of n buses has n - 1 lines; the high side of the transformer makes 109 and 70,
    # and each of the six open lines hangs on one of the two by its closed end
    assert sum(sizes) == len(lines) == 181
    assert len(parts) == 2
    assert sum(sizes) - 6 == (109 - 1 - 1) + (70 - 1 - 1)


def test_oberrhein_buses_of_each_tree_count_109_and_70(oberrhein):
    stations = read(oberrhein[0], "poles")
    assert stations["feeder_id"].value_counts().to_dict() == {"F1": 108, "F2": 69}, "and a 110 kV bus each"
    notes = {f.code: f.what for f in oberrhein[1]}
    assert "F1: 109 buses, F2: 70 buses" in notes["pandapower.feeders"]
    assert notes["pandapower.switches"] == "open switches: 6 of 322"
    assert "72 m" in notes["pandapower.line_end"]


def test_oberrhein_through_topology(oberrhein):
    network = network_of(oberrhein[0])
    feeders = network.feeders.set_index("feeder_id")
    assert feeders.index.tolist() == ["F1", "F2"]
    assert (feeders["loops"] == 0).all(), "radial"
    assert (feeders["islands"] == 0).all()
    graph = nx.Graph(zip(network.spans["u"], network.spans["v"], strict=True))
    parts = sorted(nx.connected_components(graph), key=len)
    assert len(parts) == 2
    assert nx.is_forest(graph)
    opened = network.equipment[network.equipment["normally_open"]]
    ours = {frozenset((a, b)) for a, b in zip(opened["node"], opened["node_other"], strict=True)}
    assert len(ours) == 6
    # the loose end an open switch leaves is no bus of its own
    loose = set(opened["node"])
    buses = [len({network.nodes["pole_no"][n] for n in part - loose} - {""}) for part in parts]
    assert buses == [69, 108]
    side = {node: i for i, part in enumerate(parts) for node in part}
    ties = opened[opened["kind"] == "tie"]
    assert len(ties) == 3
    assert all(side[a] != side[b] for a, b in zip(ties["node"], ties["node_other"], strict=True))


def test_oberrhein_lines_and_equipment(shared, oberrhein):
    lines, equipment = read(oberrhein[0], "lines"), read(oberrhein[0], "equipment")
    assert lines["placement"].value_counts().to_dict() == {"underground": 171, "overhead": 10}
    assert set(lines["voltage_kv"]) == {20}
    assert equipment["kind"].value_counts().to_dict() == {
        "switch": 315,
        "transformer": 147,
        "breaker": 4,
        "tie": 3,
        "substation": 2,
    }
    loads = equipment[equipment["kind"] == "transformer"]
    assert loads["capacity_kva"].sum() > 10_000
    metric = equipment.to_crs(25832)
    on = lines.to_crs(25832).set_index("line_id").geometry
    switches = metric[metric["line_id"] != ""]
    assert len(switches) == 322
    assert max(on[line].distance(at) for line, at in zip(switches["line_id"], switches.geometry, strict=True)) < 0.01
    source = shared / "data" / "pandapower_mv_oberrhein" / "network.gpkg"
    buses = gpd.read_file(source, layer="switch").to_crs(25832).geometry  # the export puts a switch on its bus
    assert max(at.distance(bus) for at, bus in zip(switches.geometry, buses, strict=True)) < 0.6


def test_pandapower_itself_gives_the_same_folder(oberrhein, pandapower, tmp_path):
    import_pandapower("mv_oberrhein", tmp_path / "by name")
    for kind in ("lines", "poles", "equipment"):
        a, b = read(oberrhein[0], kind), read(tmp_path / "by name", kind)
        pd.testing.assert_frame_equal(
            pd.DataFrame(a.drop(columns="geometry")), pd.DataFrame(b.drop(columns="geometry"))
        )
        assert a.geometry.geom_equals_exact(b.geometry, 1e-9).all()
    assert read_project(tmp_path / "by name").name == "mv_oberrhein"


def point(lon, lat):
    return json.dumps({"type": "Point", "coordinates": [lon, lat]})


@pytest.fixture
def small(pandapower):
    """110/10 kV; two busbars of one place with an open coupler; a 10/0.4 kV station with three customers."""
    net = pandapower.create_empty_network()
    places = {0: (110, 106.50), 1: (10, 106.50), 2: (10, 106.50), 3: (10, 106.51), 4: (10, 106.52), 5: (0.4, 106.5201)}
    for kv, lon in places.values():
        pandapower.create_bus(net, vn_kv=kv, geodata=(lon, 38.9))
    pandapower.create_ext_grid(net, 0)
    for low in (1, 2):
        pandapower.create_transformer(net, 0, low, "25 MVA 110/10 kV", name=f"{low}号主变")
    pandapower.create_transformer(net, 4, 5, "0.4 MVA 10/0.4 kV")
    kind = "NAYY 4x150 SE"
    pandapower.create_line(net, 1, 3, 0.87, kind, geodata=[(106.51, 38.9), (106.505, 38.901), (106.50, 38.9)])
    pandapower.create_line(net, 2, 4, 1.75, kind)
    pandapower.create_line(net, 3, 4, 0.87, kind)
    for at, element in ((3, 0), (4, 1), (4, 2)):
        pandapower.create_switch(net, at, element, et="l", closed=element != 2, type="LBS")
    pandapower.create_switch(net, 1, 2, et="b", closed=False, type="CB")
    for power in (0.002, 0.003, 0.004):
        pandapower.create_load(net, 5, power)
    pandapower.create_load(net, 3, 0.3, q_mvar=0.4)
    return net


def imported(net, pandapower, tmp_path, **options):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        pandapower.to_json(net, str(tmp_path / "小网.json"))
    return import_pandapower(tmp_path / "小网.json", tmp_path / "out", **options)


def test_a_small_net_from_json(small, pandapower, tmp_path):
    findings = imported(small, pandapower, tmp_path)
    lines = read(tmp_path / "out", "lines").set_index("line_id")
    equipment = read(tmp_path / "out", "equipment").set_index("equipment_id")
    assert lines["feeder_id"].to_dict() == {"L0": "F2", "L1": "F1", "L2": "", "S3": "", "T2": "F1"}
    assert equipment.at["S2", "kind"] == equipment.at["S3", "kind"] == "tie"
    assert equipment.at["T4", "customers"] == 3
    assert equipment.at["T4", "capacity_kva"] == 400
    assert equipment.at["T3", "capacity_kva"] == pytest.approx(500)
    assert pd.isna(equipment.at["T3", "customers"])
    assert equipment.loc[equipment["kind"] == "substation", "name"].tolist() == ["1号主变", "2号主变"]
    metres = lines.to_crs(32648).geometry
    assert metres["L0"].length > metres["L2"].length, "the drawn course is kept, turned to run from bus to bus"
    assert 4 < shapely.Point(metres["L0"].coords[0]).distance(shapely.Point(metres["L1"].coords[0])) < 6
    assert {"pandapower.spread", "pandapower.links"} <= {f.code for f in findings}
    network = network_of(tmp_path / "out")
    assert network.feeders["feeder_id"].tolist() == ["F1", "F2"]
    assert network.feeders["source_how"].tolist() == ["substation", "substation"]
    graph = nx.Graph(zip(network.spans["u"], network.spans["v"], strict=True))
    assert nx.number_connected_components(graph) == 2, "coupler and tie line are cut"


def test_a_diagram_is_no_map(pandapower, tmp_path):
    with pytest.raises(LayerError, match="a diagram, or another CRS"):
        import_pandapower("create_cigre_network_mv", tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_coordinates_that_cannot_be_degrees_need_a_crs(small, pandapower, tmp_path):
    small.bus["geo"] = [point(456_700 + i * 870, 4_305_600) for i in range(len(small.bus))]
    small.line["geo"] = None
    with pytest.raises(LayerError, match="the coordinates are metres") as raised:
        imported(small, pandapower, tmp_path)
    assert raised.value.findings[0].code == "pandapower.metres"
    with pytest.raises(LayerError, match="names no coordinate reference system"):
        imported(small, pandapower, tmp_path, crs="EPSG:nonsense")
    imported(small, pandapower, tmp_path, crs="EPSG:32648")
    assert read(tmp_path / "out", "lines").total_bounds.round(1).tolist() == [104.5, 38.9, 104.6, 38.9]


def test_degrees_declared_as_metres_are_told_by_their_numbers(small, pandapower, tmp_path):
    with pytest.raises(LayerError, match="look like degrees") as raised:
        imported(small, pandapower, tmp_path, crs="EPSG:32648")
    assert [one.code for one in raised.value.findings] == ["pandapower.degrees"]
    assert 'crs = "EPSG:4490"' in raised.value.findings[0].mend
    assert not (tmp_path / "out").exists()


def test_a_bus_off_the_globe_among_good_ones_is_told(small, pandapower, tmp_path):
    small.bus.loc[3, "geo"] = point(456_700, 38.9)
    with pytest.raises(LayerError, match="no longitudes and latitudes"):
        imported(small, pandapower, tmp_path)


def test_drawing_buses_apart_does_not_hide_a_diagram(pandapower, tmp_path):
    """All buses at one point: 5 m between them would pass for drawn lines of a fiftieth of a kilometre."""
    net = pandapower.create_empty_network()
    for kv in (110, 10, 10, 10, 10):
        pandapower.create_bus(net, vn_kv=kv, geodata=(106.5, 38.9))
    pandapower.create_ext_grid(net, 0)
    pandapower.create_transformer(net, 0, 1, "25 MVA 110/10 kV")
    for a, b in ((1, 2), (2, 3), (3, 4)):
        pandapower.create_line(net, a, b, 0.01, "NAYY 4x150 SE")
    with pytest.raises(LayerError, match="a diagram, or another CRS"):
        imported(net, pandapower, tmp_path)


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("mv_oberrein", "did you mean mv_oberrhein"),
        ("from_json", "is neither a file nor a network"),
        ("example_multivoltage", "no bus has coordinates"),
        ("nowhere.json", "the file does not exist"),
        ("nowhere.gpkg", "the file does not exist"),
    ],
)
def test_bad_sources_are_told(pandapower, tmp_path, source, message):
    with pytest.raises(LayerError, match=message):
        import_pandapower(source, tmp_path / "out")
    assert not list(tmp_path.iterdir())


def test_broken_json_is_told(pandapower, tmp_path):
    (tmp_path / "a.json").write_text('{"bus": [', "utf-8")
    with pytest.raises(LayerError, match=r"pandapower cannot read it|holds no pandapower network"):
        import_pandapower(tmp_path / "a.json", tmp_path / "out")


def test_without_pandapower_the_message_says_how_to_get_it(monkeypatch, tmp_path):
    real = builtins.__import__

    def refuse(name, *args, **kwargs):
        if name == "pandapower" or name.startswith("pandapower."):
            raise ImportError(name)
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", refuse)
    with pytest.raises(LayerError, match=r"pip install -e"):
        import_pandapower("mv_oberrhein", tmp_path / "out")
