"""What a fault costs: by hand on small feeders, and against a plain simulation on random ones."""

from itertools import pairwise

import networkx as nx
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from drawn import equipment, every, lines, network, poles, random_trees
from patrol.config import ConsequenceSettings, NetworkSettings
from patrol.network.consequence import consequence
from patrol.network.customers import customer_findings, customers_behind, span_customers, transformer_customers
from patrol.network.sections import cut_sections

SETTINGS = ConsequenceSettings()
WIDE = NetworkSettings(section_max_m=5000)
SOURCE = (0, 0, "substation", {"feeder_id": "", "equipment_id": "S"})
MANUAL, AUTO, REPAIR = SETTINGS.switching_manual_min, SETTINGS.switching_auto_min, SETTINGS.repair_min


def transformer(x, y, customers, **more):
    return (x, y, "transformer", {"customers": customers, **more})


def effects_of(net, sections=None):
    sections = cut_sections(net, WIDE) if sections is None else sections
    return sections.join(consequence(net, sections, SETTINGS))


def at(effects, x, y=0):
    """The section nearest to a place of the drawing."""
    return effects.iloc[int(effects.distance(shapely.Point(500_000 + x, 4_300_000 + y)).argmin())]


def radial(*gear, second=None):
    drawing = [every((0, 0), (1200, 0))] + ([second] if second else [])
    return network(lines(*drawing), None, equipment(SOURCE, (0, 0, "breaker", {"equipment_id": "CB"}), *gear))


HAND = (transformer(150, 0, 10), transformer(550, 0, 20), transformer(1000, 0, 40))


def test_a_fault_trips_the_nearest_protection_and_switches_cut_it_out():
    gear = (*HAND, (400, 0, "switch"), (800, 0, "recloser", {"equipment_id": "RC"}))
    effects = effects_of(radial(*gear))
    near, middle, far = at(effects, 200), at(effects, 600), at(effects, 1000)
    assert near["customers_interrupted"] == middle["customers_interrupted"] == 70
    assert far["customers_interrupted"] == 40
    assert [near["protective_device"], middle["protective_device"], far["protective_device"]] == ["CB", "CB", "RC"]
    assert near["customer_minutes"] == pytest.approx(70 * REPAIR), "no tie: all wait for repair"
    assert middle["customer_minutes"] == pytest.approx(10 * MANUAL + 60 * REPAIR)
    assert far["customer_minutes"] == pytest.approx(40 * REPAIR)
    assert middle["ecm_per_fault"] == pytest.approx(41 * 70 + middle["customer_minutes"])
    assert not effects["has_tie"].any()
    assert effects["critical_trunk"].tolist() == [True, True, True], "40 of 70 hang on the last section too"


def test_a_tie_to_another_feeder_takes_over_what_lies_behind():
    other = ([(1203, 0), (1500, 0)], {"feeder_id": "F2"})
    for tie_auto, switch_auto, minutes in ((True, True, AUTO), (True, False, MANUAL), (False, True, MANUAL)):
        gear = (
            *HAND,
            (400, 0, "switch", {"automated": switch_auto}),
            (800, 0, "switch", {"automated": switch_auto}),
            (1200, 0, "tie", {"normally_open": True, "automated": tie_auto}),
            (1500, 0, "substation", {"feeder_id": ""}),
        )
        effects = effects_of(radial(*gear, second=other))
        up = AUTO if switch_auto else MANUAL
        middle = at(effects, 600)
        assert middle["customer_minutes"] == pytest.approx(10 * up + 20 * REPAIR + 40 * minutes)
        assert middle["has_tie"]
        assert not middle["critical_trunk"]
        assert at(effects, 200)["customer_minutes"] == pytest.approx(10 * REPAIR + 60 * minutes)
        assert not at(effects, 1000)["has_tie"], "a tie inside the faulted zone helps nobody"
        assert at(effects, 1400)["customers_interrupted"] == pytest.approx(8 * 0.297)


def test_a_tie_within_the_feeder_helps_only_round_the_fault():
    """Trunk with two branches tied at their tips: a fault on one branch is fed from the other, a trunk fault is not."""
    drawing = lines(
        every((0, 0), (400, 0)),
        every((400, 0), (400, 600)),
        every((400, 0), (1000, 0)),
        [(1000, 0), (1000, 600), (403, 600)],
    )
    gear = (
        transformer(100, 0, 5), transformer(400, 200, 10), transformer(400, 500, 20), transformer(700, 0, 40),
        (400, 50, "switch", {"line_id": "L2"}), (400, 350, "switch"), (450, 0, "switch", {"line_id": "L3"}),
        (850, 0, "switch"), (401, 600, "tie", {"normally_open": True}),
    )  # fmt: skip
    effects = effects_of(network(drawing, None, equipment(SOURCE, *gear)))
    branch, trunk = at(effects, 400, 200), at(effects, 200)
    assert branch["has_tie"]
    assert branch["customer_minutes"] == pytest.approx((5 + 40) * MANUAL + 10 * REPAIR + 20 * MANUAL)
    assert not trunk["has_tie"], "both ends of the tie lie behind the fault"
    assert trunk["customer_minutes"] == pytest.approx(75 * REPAIR)
    assert trunk["critical_trunk"]


def test_important_users_weigh_by_grade():
    gear = (transformer(150, 0, 10, important="1"), transformer(550, 0, np.nan, important="special"))
    effects = effects_of(radial(*gear, (400, 0, "switch")))
    weights = SETTINGS.important_weight
    near, far = at(effects, 200), at(effects, 600)
    assert near["customers_interrupted"] == pytest.approx(20), (
        "a transformer without figures is like its feeder's others"
    )
    assert near["customer_minutes"] == pytest.approx((9 + weights["1"] + 9 + weights["special"]) * REPAIR)
    assert near["important_weight"] == weights["1"] + weights["special"]
    assert far["important_weight"] == weights["special"]


def test_customers_come_from_data_then_capacity_then_length():
    net = network(
        lines(*[(every((0, y), (1000, y)), {"feeder_id": f"F{i}"}) for i, y in enumerate((0, 500, 1000))]),
        None,
        equipment(
            transformer(500, 0, 12, feeder_id="F0"),
            transformer(300, 500, np.nan, capacity_kva=100.0, feeder_id="F1"),
            transformer(700, 500, 7, feeder_id="F1"),
            transformer(500, 1000, np.nan, feeder_id="F2", important="odd"),
        ),
    )
    assert customers_behind(net, SETTINGS).tolist() == pytest.approx([12, 37, 8])
    source = span_customers(net, SETTINGS)["source"].groupby(net.spans["feeder_id"]).first()
    assert source.tolist() == ["data", "kva", "length"]
    found = {finding.code: finding for finding in customer_findings(net, SETTINGS)}
    assert found["network.customers_kva"].what.startswith("1 of 4 transformers (1 feeders) have no customer count")
    assert found["network.customers_kva"].values == (("all", 4), ("feeders", 1))
    codes = set(found)
    assert codes == {"network.customers_kva", "network.customers_length", "network.unknown_grade"}
    assert transformer_customers(net, SETTINGS)["important"].max() == min(SETTINGS.important_weight.values())
    assert cut_sections(net, WIDE, SETTINGS)["customers"].sum() == pytest.approx(57)


def test_islands_are_not_behind_the_feeder_head():
    net = network(
        lines(every((0, 0), (300, 0)), every((500, 0), (800, 0))), None,
        equipment(SOURCE, transformer(100, 0, 3), transformer(600, 0, 4)),
    )  # fmt: skip
    assert customers_behind(net, SETTINGS).tolist() == [3]
    effects = effects_of(net)
    assert effects["customers_interrupted"].tolist() == [3, 4], "an island has a consequence of its own"


def test_breakers_of_several_lines_at_one_source_trip_apart():
    drawing = lines(every((0, 0), (600, 0)), every((0, 0), (0, 600)))
    gear = [SOURCE, transformer(300, 0, 10), transformer(0, 300, 4)]
    one = effects_of(network(drawing, None, equipment(*gear, (0, 0, "breaker"))))
    assert one["customers_interrupted"].tolist() == [14, 14]
    own = [(0, 0, "breaker", {"line_id": line, "equipment_id": f"CB-{line}"}) for line in ("L1", "L2")]
    two = effects_of(network(drawing, None, equipment(*gear, *own)))
    assert sorted(two["customers_interrupted"]) == [4, 10]
    assert sorted(two["protective_device"]) == ["CB-L1", "CB-L2"]


def simulate(runs, transformers, gates, ties, fault):
    """Switch one fault by hand on a graph whose gates are edges; return N_int and customer-minutes.

    ``gates`` maps (run, pole) to (guards, automated); ``ties`` maps run tips to automated.
    """
    place = {}
    graph = nx.Graph()
    for r, run in enumerate(runs):
        for p, xy in enumerate(run):
            node = place.setdefault(tuple(np.round(xy, 3)), (r, p))
            before = place[tuple(np.round(run[p - 1], 3))] if p else node
            if p:
                graph.add_edge((before, "out") if before in gates else before, node, span=(r, p))
    for node in gates:
        graph.add_edge(node, (node, "out"), gate=node)
    load = dict.fromkeys(graph, 0)
    for r, p, customers in transformers:
        load[place[tuple(np.round(runs[r][p], 3))]] += customers
    source = (0, 0)
    two = next(v if nx.shortest_path_length(graph, source, v) > nx.shortest_path_length(graph, source, u) else u
               for u, v, d in graph.edges(data=True) if d.get("span") == fault)  # fmt: skip
    path = nx.shortest_path(graph, source, two)
    trip = [g for g in ((graph.edges[e].get("gate")) for e in pairwise(path)) if g and gates[g][0]]
    live = graph.copy()
    if trip:
        live.remove_edge(trip[-1], (trip[-1], "out"))
    kept = nx.node_connected_component(live, source) if trip else set()
    dark = set(graph) - kept
    ungated = graph.edge_subgraph([e for e in graph.edges if "gate" not in graph.edges[e]])
    zone = nx.node_connected_component(ungated, two)
    minutes = sum(load[n] for n in zone) * REPAIR
    rest = graph.subgraph(set(graph) - zone)
    for part in nx.connected_components(rest):
        gate = next(
            d["gate"] for u, v, d in graph.edges(data=True) if (u in part) != (v in part) and (u in zone or v in zone)
        )
        auto = gates[gate][1]
        if source in part:
            back = AUTO if auto else MANUAL
        else:
            reach = [ties[n] for n in part if n in ties]
            back = REPAIR if not reach else AUTO if auto and any(reach) else MANUAL
        minutes += sum(load[n] for n in part & dark) * back
    return sum(load[n] for n in dark), minutes


@settings(max_examples=40)
@given(random_trees(), st.integers(0, 2**20), st.data())
def test_consequence_equals_a_plain_simulation(tree, dice, data):
    runs, transformers, switches = tree
    joints = {tuple(np.round(run[0], 3)) for run in runs}
    inner = [(r, p) for r, p in switches if p < len(runs[r]) - 1 and tuple(np.round(runs[r][p], 3)) not in joints]
    gates = {place: (bool(dice >> i & 1), bool(dice >> i + 6 & 1)) for i, place in enumerate(inner)}
    tips = [(r, len(run) - 1) for r, run in enumerate(runs) if tuple(np.round(run[-1], 3)) not in joints]
    ties = {tip: bool(dice >> i + 12 & 1) for i, tip in enumerate(tips) if dice >> i + 16 & 1}
    gear = [SOURCE, *(transformer(*runs[r][p], customers) for r, p, customers in transformers)]
    gear += [(*runs[r][p], "recloser" if gates[r, p][0] else "switch", {"automated": gates[r, p][1]}) for r, p in gates]
    drawing = list(runs)
    for i, tip in enumerate(ties):
        x, y = runs[tip[0]][tip[1]]
        gear.append((x, y, "tie", {"normally_open": True, "automated": ties[tip]}))
        drawing.append(([(x + 3, y + 3), (x + 400, y + 3 + i)], {"feeder_id": f"Z{i}"}))
        gear.append((x + 400, y + 3 + i, "substation", {"feeder_id": ""}))
    if not transformers:
        gear.append(transformer(*runs[0][1], 0))
        transformers = [(0, 1, 0)]
    net = network(lines(*drawing), None, equipment(*gear), equipment_snap_m=10.0)
    effects = effects_of(net)
    fault = data.draw(st.sampled_from([(r, p) for r, run in enumerate(runs) for p in range(1, len(run))]))
    middle = (np.array(runs[fault[0]][fault[1]]) + runs[fault[0]][fault[1] - 1]) / 2
    row = at(effects.loc[effects["feeder_id"] == "F1"], *middle)
    count, minutes = simulate(runs, transformers, gates, ties, fault)
    assert row["customers_interrupted"] == pytest.approx(count)
    assert row["customer_minutes"] == pytest.approx(minutes)


def test_a_pole_with_switch_and_transformer_is_supplied_from_before_the_switch():
    net = network(
        lines(every((0, 0), (600, 0))), poles((300, 0, "007")),
        equipment(SOURCE, (300, 2, "switch"), transformer(301, 1, 9), transformer(550, 0, 2)),
    )  # fmt: skip
    effects = effects_of(net)
    assert at(effects, 100)["customers"] == 9
    assert at(effects, 500)["customer_minutes"] == pytest.approx(9 * MANUAL + 2 * REPAIR)
