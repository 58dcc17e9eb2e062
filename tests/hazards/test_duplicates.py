"""Which reports are one hazard, beside all pairs measured with networkx."""

from itertools import combinations

import networkx as nx
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drawn import equipment, every, lines, moved, network, poles, random_trees, row_of_poles
from patrol.config import HazardSettings
from patrol.hazards.duplicates import earlier, link
from patrol.hazards.match import snap

SETTINGS = HazardSettings()
TYPES = pd.DataFrame({"persist_days": [np.nan, 2.0, 0.1, np.nan]}, index=["nest", "fire", "kite", "unclassified"])
ALIKE = frozenset({frozenset({"fire", "kite"})})
START = pd.Timestamp("2024-08-01T00:00:00Z")


def told(net, *rows):
    """Reports; a row is (x, y, type, day[, {column: value}])."""
    rows = [(*row, {})[:5] for row in rows]
    days = [START + pd.Timedelta(days=row[3]) if row[3] is not None else pd.NaT for row in rows]
    frame = pd.DataFrame({"type": [row[2] for row in rows], "captured_at": pd.to_datetime(days, utc=True)})
    frame["uncertainty_m"] = [float(row[4].get("radius", 5)) for row in rows]
    shut = [row[4].get("closed") for row in rows]
    frame["closed_at"] = pd.to_datetime([pd.NaT if d is None else START + pd.Timedelta(days=d) for d in shut], utc=True)
    frame["group"] = [row[4].get("group", "") for row in rows]
    xy = moved([row[:2] for row in rows])
    frame["x"], frame["y"] = xy.T
    return frame.join(snap(xy, frame["uncertainty_m"].to_numpy(), net, SETTINGS))


def labels(net, *rows):
    return link(told(net, *rows), net, TYPES, ALIKE, SETTINGS)[0].tolist()


@pytest.fixture(scope="module")
def straight():
    return network(lines([(0, 0), (2000, 0)]), poles(*row_of_poles(every((0, 0), (2000, 0)))))


def graph_of(net):
    graph = nx.Graph()
    for row in net.spans.itertuples():
        graph.add_edge(row.u, row.v, weight=row.length_m)
    for row in net.equipment.itertuples():
        if row.node_other >= 0:
            gap = net.nodes.geometry[row.node].distance(net.nodes.geometry[row.node_other])
            graph.add_edge(row.node, row.node_other, weight=gap)
    return graph


def plain(net, frame):
    """Labels by all pairs: shortest paths, straight lines off the network, windows of time; open reports only."""
    graph = graph_of(net)
    ways = dict(nx.all_pairs_dijkstra_path_length(graph))
    together = nx.Graph()
    together.add_nodes_from(range(len(frame)))
    for i, j in combinations(range(len(frame)), 2):
        a, b = frame.iloc[i], frame.iloc[j]
        if a["type"] != b["type"] and {a["type"], b["type"]} != {"fire", "kite"}:
            continue
        window = min(
            np.inf if np.isnan(days) else max(1.0, 3 * days)
            for days in TYPES["persist_days"].loc[[a["type"], b["type"]]]
        )
        if window < np.inf and not abs(a["captured_at"] - b["captured_at"]) <= pd.Timedelta(days=window):
            continue
        if a["span"] < 0 or b["span"] < 0:
            metres = np.hypot(a["x"] - b["x"], a["y"] - b["y"])
        else:
            s, t = net.spans.loc[a["span"]], net.spans.loc[b["span"]]
            metres = abs(a["along"] - b["along"]) if a["span"] == b["span"] else np.inf
            for one, before in ((s.u, a["along"]), (s.v, s.length_m - a["along"])):
                for other, after in ((t.u, b["along"]), (t.v, t.length_m - b["along"])):
                    metres = min(metres, before + after + ways[one].get(other, np.inf))
        if metres <= SETTINGS.duplicate_m + a["uncertainty_m"] + b["uncertainty_m"] + 1e-6:
            together.add_edge(i, j)
    return {frozenset(part) for part in nx.connected_components(together)}


def parts(found):
    return {frozenset(np.flatnonzero(found == label).tolist()) for label in np.unique(found)}


# close together round the first branches, so that a few metres decide; a few far off the line and a few wide
REPORTS = st.lists(
    st.tuples(
        st.one_of(st.integers(0, 350), st.integers(-50, 900)),
        st.one_of(st.integers(-140, 140), st.integers(-400, 400)),
        st.sampled_from(["nest", "nest", "nest", "fire", "kite"]),
        st.integers(0, 12),
        st.sampled_from([0, 0, 5, 15, 40, 300]),
    ),
    min_size=6, max_size=16,
)  # fmt: skip


@settings(max_examples=25)
@given(random_trees(), REPORTS, st.randoms(), st.booleans())
def test_links_are_those_of_shortest_paths_and_no_order_matters(tree, rows, random, loop):
    runs, _, _ = tree
    last = runs[-1][-1]
    extra = [[last, (last[0] + 30, last[1] + 5), runs[0][-1]]] if loop and len(runs) > 1 else []
    net = network(lines(*runs, *extra), poles(*{(*p, f"{p}") for run in runs for p in run}))
    frame = told(net, *((x, y, kind, day, {"radius": r}) for x, y, kind, day, r in rows))
    found, _ = link(frame, net, TYPES, ALIKE, SETTINGS)
    assert parts(found) == plain(net, frame)
    order = list(range(len(frame)))
    random.shuffle(order)
    again, _ = link(frame.iloc[order], net, TYPES, ALIKE, SETTINGS)
    back = np.empty(len(order), dtype=int)
    back[order] = again
    assert parts(back) == parts(found)


def test_thirty_metres_and_both_uncertainties_along_the_line(straight):
    assert labels(straight, (100, 3, "nest", 0), (140, -3, "nest", 300)) == [0, 0]
    assert labels(straight, (100, 3, "nest", 0), (141, 3, "nest", 0)) == [0, 1]


def test_branches_near_each_other_but_far_along_the_line_are_two():
    net = network(
        lines([(0, 0), (500, 0)], [(0, 0), (0, 10)], [(0, 10), (500, 35)]),
        poles(
            *row_of_poles(every((0, 0), (500, 0))), (0, 10, "b"), *row_of_poles(every((50, 12.5), (500, 35)), first=51)
        ),
    )
    assert labels(net, (400, 0, "nest", 0), (400, 30, "nest", 0)) == [0, 1]
    assert labels(net, (10, 0, "nest", 0), (10, 10.5, "nest", 0)) == [0, 0]


def test_an_open_switch_does_not_part_the_line():
    net = network(
        lines([(0, 0), (400, 0)]), poles(*row_of_poles(every((0, 0), (400, 0)))),
        equipment((0, 0, "breaker"), (200, 0, "switch", {"normally_open": True})),
    )  # fmt: skip
    assert (net.equipment["node_other"] >= 0).any()
    assert labels(net, (190, 0, "nest", 0), (210, 0, "nest", 0)) == [0, 0]


def test_types_times_and_what_nobody_knows(straight):
    assert labels(straight, (100, 0, "nest", 0), (100, 0, "fire", 0)) == [0, 1]
    assert labels(straight, (100, 0, "kite", 0), (100, 0, "fire", 0.9)) == [0, 0]
    assert labels(straight, (100, 0, "kite", 0), (100, 0, "fire", 1.1)) == [0, 1], "the kite is gone after a day"
    assert labels(straight, (100, 0, "fire", 0), (100, 0, "fire", 6)) == [0, 0]
    assert labels(straight, (100, 0, "fire", 0), (100, 0, "fire", 6.1)) == [0, 1]
    assert labels(straight, (100, 0, "fire", 0), (100, 0, "fire", None)) == [0, 1]
    assert labels(straight, (100, 0, "nest", 0), (100, 0, "nest", None)) == [0, 0]
    twice = [(100, 0, "unclassified", 0)] * 2
    assert labels(straight, *twice) == [0, 1]
    known = link(told(straight, *twice), straight, TYPES, frozenset({frozenset({"unclassified"})}), SETTINGS)[0]
    assert known.tolist() == [0, 0]


def test_off_the_line_the_straight_distance_counts(straight):
    assert labels(straight, (100, 500, "fire", 0), (100, 540, "fire", 0), (100, 590, "fire", 0)) == [0, 0, 1]
    assert labels(straight, (100, 150, "fire", 0), (100, 175, "fire", 0)) == [0, 0], "one is in reach, the other is not"


def test_a_closed_hazard_takes_only_what_was_seen_before_its_closing(straight):
    shut = (100, 0, "nest", 0, {"group": "H1", "closed": 10})
    assert labels(straight, shut, (110, 0, "nest", 9)) == [0, 0]
    assert labels(straight, shut, (110, 0, "nest", 11)) == [0, 1]
    # seen before, and near something seen after: the closed hazard keeps it, the later report stands alone
    assert labels(straight, shut, (130, 0, "nest", 9), (135, 0, "nest", 11)) == [0, 0, 1]
    # through a report that it takes, one farther along
    assert labels(straight, shut, (135, 0, "nest", 9), (170, 0, "nest", 8), (170, 0, "nest", 12)) == [0, 0, 0, 1]
    assert labels(straight, shut, (100, 0, "nest", None)) == [0, 1]


def test_of_two_closed_hazards_the_one_closed_first_has_the_say(straight):
    first = (100, 0, "nest", 0, {"group": "H2", "closed": 10})
    second = (110, 0, "nest", 0, {"group": "H1", "closed": 20})
    found = labels(straight, first, second, (105, 0, "nest", 9), (105, 0, "nest", 15), (105, 0, "nest", 25))
    assert found == [0, 1, 0, 1, 2]


def test_open_hazards_are_joined_by_a_new_report_only(straight):
    one, two = (100, 0, "nest", 0, {"group": "H1"}), (130, 0, "nest", 0, {"group": "H2"})
    assert labels(straight, one, two) == [0, 1]
    assert labels(straight, one, two, (115, 0, "nest", 1)) == [0, 0, 0]
    far = (900, 0, "nest", 0, {"group": "H1"})
    assert labels(straight, one, far, (905, 0, "nest", 3), (105, 0, "nest", 3)) == [0, 0, 0, 0], "one group is one"


def test_rows_of_an_offices_list_that_are_closed_stay_apart(straight):
    shut = {"closed": 5}
    assert labels(straight, (100, 0, "nest", 0, shut), (100, 0, "nest", 1, shut)) == [0, 1]


def test_a_new_occurrence_knows_the_hazard_closed_last(straight):
    frame = told(
        straight,
        (100, 0, "fire", 0, {"group": "H1", "closed": 10}),
        (110, 0, "fire", 20, {"group": "H2", "closed": 30}),
        (100, 0, "fire", 300),
        (100, 0, "fire", 25),
        (100, 0, "fire", 5),
        (100, 0, "nest", 300),
        (600, 0, "fire", 300),
    )
    assert earlier(frame, straight, TYPES, ALIKE, SETTINGS).tolist() == [-1, -1, 1, 0, -1, -1, -1]


def test_a_chain_of_reports_is_told(straight):
    rows = [(x, 0, "nest", 0) for x in range(0, 400, 20)]
    found, told_ = link(told(straight, *rows), straight, TYPES, ALIKE, SETTINGS)
    assert set(found) == {0}
    assert [one.code for one in told_] == ["hazards.chain"]
    assert "20 reports of nest over 380 m" in told_[0].what


def test_reports_without_a_place_and_no_reports(straight):
    frame = told(straight, (100, 0, "nest", 0), (100, 0, "nest", 0))
    lost = frame.assign(x=np.nan, y=np.nan, span=-1, along=np.nan)
    assert link(lost, straight, TYPES, ALIKE, SETTINGS)[0].tolist() == [0, 1]
    assert len(link(frame.iloc[:0], straight, TYPES, ALIKE, SETTINGS)[0]) == 0
    assert len(earlier(frame.iloc[:0], straight, TYPES, ALIKE, SETTINGS)) == 0


def test_a_huge_uncertainty_among_many_small_ones_stays_small_work(straight):
    rng = np.random.default_rng(1)
    rows = [(float(x), 0.0, "nest", 0, {"radius": 0.1}) for x in rng.uniform(0, 2000, 3000)]
    rows += [(1000, 0, "nest", 0, {"radius": 1e6})]
    frame = told(straight, *rows)
    assert set(link(frame, straight, TYPES, ALIKE, SETTINGS)[0]) == {0}
