"""Sections: cut evenly at poles, named by poles, with ids that survive another CRS and another drawing."""

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from drawn import equipment, every, lines, network, poles, random_trees, row_of_poles
from patrol.config import NetworkSettings
from patrol.network.runs import cut_runs
from patrol.network.section_ids import section_ids
from patrol.network.sections import cut_sections
from patrol.network.topology import build_network

SOURCE = (0, 0, "substation", {"feeder_id": ""})
SETTINGS = NetworkSettings()


def sections_of(net, longest=500.0):
    return cut_sections(net, NetworkSettings(section_max_m=longest))


def trunk_with_ledger(**more):
    trunk = every((0, 0), (1100, 0))
    named = {"name": "Chengguan line", "name_zh": "城关线", **more}
    return network(lines((trunk, named)), poles(*row_of_poles(trunk)), equipment(SOURCE))


def test_a_run_is_cut_evenly_at_poles():
    sections = sections_of(trunk_with_ledger())
    assert sections["length_m"].tolist() == pytest.approx([350, 400, 350])
    assert sections["first_pole"].tolist() == ["001", "008", "016"]
    assert sections["last_pole"].tolist() == ["008", "016", "023"]
    assert sections.loc[1, "label"] == "Chengguan line 008–016"
    assert sections.loc[1, "label_zh"] == "城关线 008—016号杆"


def test_a_run_just_as_long_as_allowed_stays_whole():
    assert len(sections_of(trunk_with_ledger(), longest=1100.0)) == 1


def with_poles(xs):
    points = [(x, 0) for x in xs]
    return network(lines(points), poles(*row_of_poles(points)), equipment(SOURCE))


def test_a_span_between_poles_longer_than_allowed_is_a_section_of_its_own():
    net = with_poles([0, 60, 120, 900, 960, 1020])
    assert sections_of(net)["length_m"].tolist() == pytest.approx([120, 780, 120])
    (told,) = [one for one in net.findings if one.code == "network.long_spans"]
    assert told.count == 1


def test_a_long_span_does_not_shift_the_cuts_of_its_neighbours():
    sections = sections_of(with_poles([*range(0, 481, 60), 1300]))
    assert sections["length_m"].tolist() == pytest.approx([480, 820])


def test_a_long_line_without_poles_is_cut_in_equal_parts_named_by_metres():
    net = network(lines([(0, 0), (60, 0), (1860, 0)]), None, equipment(SOURCE))
    sections = sections_of(net)
    assert sections["length_m"].tolist() == pytest.approx([60, 450, 450, 450, 450])
    assert sections["last_pole"].tolist() == ["002", "002+450m", "002+900m", "002+1350m", "003"]
    assert sections["label_zh"].str.endswith("号杆").tolist() == [True, False, False, False, True]
    (told,) = [one for one in net.findings if one.code == "network.even_cuts"]
    assert told.count == 3
    assert "002+450m" in told.what
    assert not [one for one in net.findings if one.code == "network.long_spans"]
    (numbered,) = [one for one in net.findings if one.code == "network.assumed_poles"]
    assert numbered.count == 3, "a place where nothing stands is no pole"
    turned = sections_of(network(lines([(1860, 0), (60, 0), (0, 0)]), None, equipment(SOURCE)))
    assert turned["section_id"].tolist() == sections["section_id"].tolist()


def test_stations_at_the_ends_are_no_poles_between():
    """A cable of a power-flow model: stations where it begins and ends, and 1,100 m of nothing said."""
    points = [(0, 0), (1100, 0)]
    stations = poles(*row_of_poles(points)).assign(type="station")
    net = network(lines(points), stations, equipment(SOURCE))
    assert sections_of(net)["length_m"].tolist() == pytest.approx([1100 / 3] * 3)
    assert sections_of(net)["last_pole"].tolist() == ["001+367m", "001+733m", "002"]


def test_a_switch_in_a_line_without_poles_ends_a_section_and_the_rest_is_even():
    net = network(lines([(0, 0), (1500, 0)]), None, equipment(SOURCE, (400, 1, "switch")))
    assert sections_of(net)["length_m"].tolist() == pytest.approx([400, 1100 / 3, 1100 / 3, 1100 / 3])


@given(st.lists(st.integers(5, 3000), min_size=1, max_size=6), st.booleans(), st.sampled_from([200.0, 500.0]))
@settings(max_examples=30)
def test_without_poles_no_section_is_ever_too_long_and_nothing_is_lost(gaps, stations, longest):
    points = [(float(x), 0.0) for x in np.r_[0, np.cumsum(gaps)]]
    given_poles = poles(*row_of_poles(points)).assign(type="station") if stations else None
    net = network(lines(points), given_poles, equipment(SOURCE), section_max_m=longest)
    sections = sections_of(net, longest)
    assert sections["length_m"].max() <= longest + 1e-6
    assert sections["length_m"].sum() == pytest.approx(sum(gaps))
    assert sections["section_id"].is_unique
    assert sections["label"].is_unique


def test_uneven_poles_never_make_a_section_too_long():
    xs = [0, 20, 460, 480, 500, 940, 960, 1000]
    sections = sections_of(network(lines([(x, 0) for x in xs]), None, equipment(SOURCE)))
    assert sections["length_m"].max() <= 500
    assert sections["length_m"].sum() == pytest.approx(1000)


def test_sections_end_at_switches_branches_and_changes():
    drawing = lines(
        every((0, 0), (400, 0)),
        (every((400, 0), (600, 0)), {"placement": "underground"}),
        (every((600, 0), (800, 0)), {"placement": "underground", "region_class": "urban"}),
        every((150, 0), (150, 100)),
    )
    sections = sections_of(network(drawing, None, equipment(SOURCE, (300, 1, "switch"))))
    ends = sorted((round(g.coords[0][0] - 5e5), round(g.coords[-1][0] - 5e5)) for g in sections.geometry)
    assert ends == [(0, 150), (150, 150), (150, 300), (300, 400), (400, 600), (600, 800)]


def test_sections_run_away_from_the_source_and_carry_what_stands_on_them():
    gear = equipment(
        (1000, 0, "substation", {"feeder_id": ""}), (700, 0, "transformer", {"customers": 30}), (400, 0, "switch"),
        (100, 0, "transformer", {"customers": 8}),
    )  # fmt: skip
    drawing = lines((every((0, 0), (1000, 0)), {"condition": 6.5}))
    sections = sections_of(network(drawing, None, gear), longest=5000.0)
    assert [round(g.coords[0][0] - 5e5) for g in sections.geometry] == [1000, 400]
    assert sections["customers"].tolist() == [30, 8]
    assert sections["equipment_count"].tolist() == [2, 1], "a switch counts with the section that leads to it"
    assert sections["condition"].tolist() == [6.5, 6.5]


@settings(max_examples=30)
@given(random_trees())
def test_every_span_is_in_one_section_and_lengths_add_up(tree):
    runs, _, switches = tree
    gear = equipment(SOURCE, *((*runs[r][p], "switch") for r, p in switches))
    net = network(lines(*runs), None, gear)
    sections = sections_of(net)
    members = [span for part in sections["span_ids"] for span in part]
    assert sorted(members) == list(range(len(net.spans)))
    by_feeder = sections.groupby("feeder_id")["length_m"].sum()
    assert by_feeder.to_numpy() == pytest.approx(net.feeders["length_m"].to_numpy(), rel=1e-9)
    assert sections.geometry.length.to_numpy() == pytest.approx(sections["length_m"].to_numpy())
    single = sections["span_ids"].map(len) == 1
    assert (single | (sections["length_m"] <= 500 + 1e-3)).all()
    assert sections["section_id"].is_unique
    start = shapely.get_point(sections.geometry.array, 0)
    assert shapely.distance(start, net.nodes.geometry.array[sections["from_node"]]).max() < 1e-6


@settings(max_examples=200)
@given(st.lists(st.floats(1, 700), min_size=1, max_size=40), st.integers(1, 4))
def test_cutting_keeps_order_and_limit(length, every_run):
    length = np.array(length)
    run = np.arange(len(length)) // (10 * every_run)
    piece = cut_runs(length, run, 500.0)
    assert set(np.diff(piece)) <= {0, 1}
    total, count = np.bincount(piece, weights=length), np.bincount(piece)
    assert ((total <= 500.001) | (count == 1)).all()
    assert all(len(set(run[piece == p])) == 1 for p in set(piece))


def county(rng):
    """Two feeders with bends, branches, poles beside the line and a switch between poles."""
    rows, ledger, gear = [], [], []
    for f in range(2):
        turn = np.cumsum(rng.normal(0, 0.08, 60))
        step = rng.uniform(40, 70, 60)
        trunk = np.vstack([[0, 0], np.cumsum(np.column_stack([np.cos(turn), np.sin(turn)]) * step[:, None], axis=0)])
        trunk += [f * 200, f * 6000]
        more = {"feeder_id": f"F{f}", "line_id": f"T{f}"}
        rows.append((trunk[::3] if f else trunk, more))  # the second is drawn with every third pole only
        ledger += row_of_poles(trunk + rng.normal(0, 1.0, trunk.shape), feeder=f"F{f}")
        for b, at in enumerate((9, 30, 42)):
            branch = [tuple(trunk[at] + [3 * i, (1 if b % 2 else -1) * 55 * i]) for i in range(9)]
            rows.append((branch, {"feeder_id": f"F{f}", "line_id": f"B{f}{b}"}))
            ledger += row_of_poles(branch[1:], feeder=f"F{f}", branch=f"支{b}")
        gear.append((*trunk[0], "substation", {"feeder_id": ""}))
        gear.append((*(trunk[20] * 0.55 + trunk[21] * 0.45), "switch", {"feeder_id": f"F{f}"}))
    return lines(*rows), poles(*ledger), equipment(*gear)


@pytest.mark.parametrize("seed", range(3))
def test_ids_are_the_same_whatever_crs_the_data_come_in(seed):
    frames = county(np.random.default_rng(seed))
    ids = {}
    for crs in ("EPSG:32648", "EPSG:4544", "EPSG:4326", "EPSG:4545"):
        given_as = [frame.to_crs(crs) for frame in frames]
        metric = [frame.to_crs("EPSG:32648") if crs == "EPSG:4326" else frame for frame in given_as]
        ids[crs] = sections_of(build_network(*metric, settings=SETTINGS))[["section_id", "first_pole", "last_pole"]]
    first = ids.pop("EPSG:32648")
    assert len(first) > 25
    for crs, other in ids.items():
        assert other.to_numpy().tolist() == first.to_numpy().tolist(), crs


def test_degrees_of_seven_decimals_do_not_sit_on_the_seam_of_two_cells():
    """A tenth of such coordinates lie half way between two millionths: rounding would tip over on the way back."""
    lon, lat = 106.5 + np.arange(12) * 6e-4 + 5e-7, np.full(12, 38.9000005)
    given_in = lines([(0, 0), (1, 1)]).set_geometry(gpd.GeoSeries([shapely.LineString(np.c_[lon, lat])], crs=4326))
    ids = {
        crs: sections_of(network(given_in.to_crs(crs)))["section_id"].tolist()
        for crs in ("EPSG:32648", "EPSG:4544", "EPSG:4545", "EPSG:32649")
    }
    assert len({tuple(value) for value in ids.values()}) == 1


def test_ids_do_not_depend_on_rows_or_drawing_direction():
    drawn, ledger, gear = county(np.random.default_rng(7))
    one = sections_of(build_network(drawn, ledger, gear, settings=SETTINGS))
    turned = drawn.assign(geometry=shapely.reverse(drawn.geometry.array))
    shuffled = [frame.sample(frac=1, random_state=4).reset_index(drop=True) for frame in (turned, ledger, gear)]
    two = sections_of(build_network(*(gpd.GeoDataFrame(f, crs=32648) for f in shuffled), settings=SETTINGS))
    assert two["section_id"].tolist() == one["section_id"].tolist()
    assert two["label"].tolist() == one["label"].tolist()


def test_two_lines_on_one_row_of_poles_get_two_ids():
    drawing = lines(every((0, 0), (300, 0)), [(0, 0), (150, 3), (300, 0)])
    sections = sections_of(network(drawing, poles((0, 0, "1"), (300, 0, "2")), equipment(SOURCE)))
    assert sections["section_id"].is_unique
    assert sections["length_m"].sum() == pytest.approx(drawing.geometry.length.sum())


def test_a_serial_number_tells_twins_apart_in_order():
    cells = np.array([[1, 1], [2, 2], [2, 2], [1, 1], [5, 5], [6, 6]])
    one, two, other = section_ids(["F1"] * 3, cells, np.array([0, 2, 4, 6]), np.array([7.0, 3.0, 1.0]))
    assert one == f"{two}-2", "the shorter of twins, whichever way it runs, keeps the plain id"
    assert other.startswith("F1-")
    assert other != two


def test_feeders_with_the_same_geometry_have_different_ids():
    cells = np.array([[1, 1], [2, 2]] * 2)
    one, two = section_ids(["F1", "F2"], cells, np.array([0, 2, 4]), np.zeros(2))
    assert one.removeprefix("F1") != two.removeprefix("F2")
