"""Networks other people drew: figures that were counted by hand or by other programs."""

import pytest

from patrol.layers.files import load_layers
from patrol.layers.osm import import_osm
from patrol.layers.pandapower import import_pandapower
from patrol.network.consequence import consequence
from patrol.network.customers import customers_behind
from patrol.network.sections import cut_sections
from patrol.network.topology import build_network, poles_per_feeder
from patrol.project import read_project


def built(folder):
    project = read_project(folder)
    layers = load_layers(project)
    return project, build_network(layers.lines, layers.poles, layers.equipment, settings=project.settings.network)


def test_oberrhein_is_two_radial_trees_once_its_open_switches_count(tmp_path, shared):
    source = shared / "data" / "pandapower_mv_oberrhein" / "network.gpkg"
    import_pandapower(str(source), tmp_path / "ober")
    project, net = built(tmp_path / "ober")
    # each tree has one bus more, the high side of its transformer, which stands on no line
    assert sorted(poles_per_feeder(net) + 1) == [70, 109]
    assert net.feeders["loops"].sum() == 0
    assert net.feeders["islands"].sum() == 0
    assert (net.equipment["node_other"] >= 0).sum() == 6
    sections = cut_sections(net, project.settings.network)
    assert sections["length_m"].sum() == pytest.approx(net.spans["length_m"].sum(), rel=1e-9)
    assert sections["length_m"].max() <= 500, "stations up to 2,171 m apart, and no pole drawn between"
    assert sections["label"].is_unique
    effects = consequence(net, sections, project.settings.consequence)
    behind = customers_behind(net, project.settings.consequence)
    assert effects["customers_interrupted"].max() <= behind.max() + 1e-6
    assert effects["has_tie"].any()


def test_bayreuth_is_four_networks_and_crossings_join_nothing(tmp_path, shared):
    source = shared / "data" / "osm_north_bayreuth" / "north-bayreuth.osm.gz"
    import_osm(source, tmp_path / "bay")
    _, net = built(tmp_path / "bay")
    assert len(net.feeders) == 4
    assert net.spans["length_m"].sum() / 1000 == pytest.approx(43.4, abs=0.1)
    assert net.feeders[["loops", "islands"]].sum().tolist() == [0, 0]
    assert poles_per_feeder(net).sum() == 307
    degree = net.spans["u"].value_counts().add(net.spans["v"].value_counts(), fill_value=0)
    assert (degree >= 3).sum() == 14
    assert (degree == 1).sum() == 23
    told = next(finding.what for finding in net.findings if finding.code == "network.high_voltage")
    assert "2 line(s), 31.4 km of 110 kV" in told


def test_the_sample_is_eight_trees_fed_by_their_breakers(root):
    project, net = built(root / "sample_data")
    assert len(net.feeders) == 8
    assert set(net.feeders["source_how"]) == {"breaker"}
    assert net.feeders[["loops", "islands"]].sum().tolist() == [0, 0]
    ties = net.equipment.loc[net.equipment["kind"] == "tie"]
    assert (ties["node_other"] >= 0).all(), "each tie faces another feeder"
    feeder = net.nodes["feeder_id"].to_numpy()
    assert (feeder[ties["node"]] != feeder[ties["node_other"]]).all()
    sections = cut_sections(net, project.settings.network)
    effects = consequence(net, sections, project.settings.consequence)
    head = effects.groupby(sections["feeder_id"])["customers_interrupted"].max()
    behind = customers_behind(net, project.settings.consequence)
    assert head.to_dict() == pytest.approx(behind.to_dict()), "a fault at the head interrupts everybody"
    assert sections["length_m"].max() <= 500
