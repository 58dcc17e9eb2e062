"""Where a power-flow model lies on the ground: buses apart that must be apart, and lines from bus to bus."""

from __future__ import annotations

from dataclasses import dataclass

import networkx as nx
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pyproj import Geod

from patrol.errors import Finding, LayerError
from patrol.layers.crs import CrsRefusedError, declared, to_wgs84
from patrol.layers.plausible import implausible
from patrol.layers.power_net import PowerNet
from patrol.layers.raw import Raw
from patrol.words import counted

GEOD = Geod(ellps="WGS84")
SAME_PLACE_M = 2.0  # buses closer than this would be taken for one joint
APART_M = 5.0  # how far unconnected buses of one place are drawn from each other
LENGTH_RATIO = (0.2, 5.0)  # drawn length over stated length: outside, the coordinates are a diagram, or of another CRS
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Branch:
    """A line of the model, or a connection that a switch or transformer makes between two places.

    Attributes
    ----------
    key : str
        ``L12`` (line), ``S3`` (bus-bus switch) or ``T1`` (transformer).
    a, b : int
        Buses at its two ends.
    open_a, open_b : bool
        An open switch stands at that end (``open_a`` alone for a bus-bus switch).
    lonlat : ndarray, shape (k, 2)
        WGS84, from ``a`` to ``b``.
    """

    key: str
    a: int
    b: int
    open_a: bool
    open_b: bool
    lonlat: Floats
    voltage_kv: float
    placement: str


def place_buses(net: PowerNet, crs: str, label: str) -> tuple[pd.DataFrame, list[Finding]]:
    """Return buses with ``lon, lat`` (WGS84); those without coordinates are left out, and told.

    Raises
    ------
    LayerError
        If the CRS is unknown, no bus has coordinates, or they cannot be what the CRS says: degrees declared as
        metres and the other way round, exchanged axes, the wrong zone (:func:`patrol.layers.plausible.implausible`).
    """
    try:
        system = declared(crs)
    except CrsRefusedError as error:
        raise LayerError(Finding("error", "pandapower.crs", label, str(error), error.mend)) from error
    known = net.bus[np.isfinite(net.bus[["x", "y"]].astype(float)).all(axis=1)]
    if known.empty:
        what = "no bus has coordinates, so nothing can be drawn on a map"
        raise LayerError(Finding("error", "pandapower.no_places", label, what, "fill net.bus.geo with GeoJSON points"))
    xy = known[["x", "y"]].to_numpy(float)
    table = pd.DataFrame(xy, columns=["x", "y"])
    found = implausible(Raw("pandapower", label, table, np.arange(1, len(table) + 1)), system, xy)
    if wrong := [one for one in found if one.level == "error"]:
        raise LayerError(wrong)
    if system.in_degrees and ((np.abs(xy[:, 0]) > 180) | (np.abs(xy[:, 1]) > 90)).any():
        what = f"bus coordinates are no longitudes and latitudes (x {xy[:, 0].min():g} .. {xy[:, 0].max():g})"
        mend = 'state what they are, for example crs="EPSG:25832"'
        raise LayerError(Finding("error", "pandapower.crs", label, what, mend))
    points = to_wgs84(xy, system)
    if lost := len(net.bus) - len(known):
        found.append(
            Finding(
                "suspicion",
                "pandapower.bus_place",
                label,
                f"{counted(lost, 'bus', 'buses')} without coordinates left out",
            )
        )
    return known.assign(lon=points.lon, lat=points.lat), found


def check_lengths(net: PowerNet, bus: pd.DataFrame, label: str) -> None:
    """Refuse a drawing whose lines cannot be as long as their data say.

    ``bus`` must hold the places as given, before :func:`spread_buses` lends lengths to what has none, and the
    ``coords`` of lines must be in WGS84 already.

    Raises
    ------
    LayerError
        If drawn and stated lengths cannot both be true: the coordinates are a diagram.
    """
    alive = net.line[net.line["from_bus"].isin(bus.index) & net.line["to_bus"].isin(bus.index)]
    stated, drawn = float(alive["length_km"].sum()), 0.0
    for a, b, coords in zip(alive["from_bus"], alive["to_bus"], alive["coords"], strict=True):
        lonlat, _ = _between(coords, _place(bus, a), _place(bus, b))
        drawn += GEOD.line_length(lonlat[:, 0], lonlat[:, 1]) / 1000
    if stated > 0 and not LENGTH_RATIO[0] <= drawn / stated <= LENGTH_RATIO[1]:
        what = f"lines are {drawn:,.0f} km long as drawn and {stated:,.1f} km by their data: a diagram, or another CRS"
        mend = "give real coordinates, or state their crs"
        raise LayerError(Finding("error", "pandapower.diagram", label, what, mend))


def spread_buses(net: PowerNet, bus: pd.DataFrame, limit: float, label: str) -> tuple[pd.DataFrame, list[Finding]]:
    """Move buses apart that share a place without being connected there, as at an open bus coupler.

    Joints are found by place, so two busbars drawn at one point would become one.
    """
    own = bus[bus["vn_kv"] <= limit]
    joined = nx.Graph()
    joined.add_nodes_from(own.index)
    closed = net.switch[(net.switch["et"] == "b") & net.switch["closed"].astype(bool)]
    joined.add_edges_from(closed[["bus", "element"]].itertuples(index=False))
    down = net.trafo[net.trafo["vn_hv_kv"] <= limit]
    joined.add_edges_from(down[["hv_bus", "lv_bus"]].itertuples(index=False))
    rail = {node: number for number, part in enumerate(nx.connected_components(joined)) for node in part}
    lon, lat, moved = bus["lon"].copy(), bus["lat"].copy(), 0
    seen: dict[tuple[int, int], list[int]] = {}
    step = np.degrees(SAME_PLACE_M / 6_371_000)
    for number in own.index:
        place = (round(lon[number] / step), round(lat[number] / step))
        rails = seen.setdefault(place, [])
        if rail[number] not in rails:
            rails.append(rail[number])
        shift = rails.index(rail[number]) * APART_M
        if shift:
            lon[number], lat[number], _ = GEOD.fwd(lon[number], lat[number], 90.0, shift)
            moved += 1
    if not moved:
        return bus, []
    what = counted(moved, "bus shares", "buses share")
    what += f" a place with others without being connected; drawn {APART_M:g} m apart"
    return bus.assign(lon=lon, lat=lat), [Finding("note", "pandapower.spread", label, what)]


def draw_branches(net: PowerNet, bus: pd.DataFrame, limit: float, label: str) -> tuple[list[Branch], list[Finding]]:
    """Return lines, and the connections between places that the model has no line for.

    Line ends are put on their buses, whatever the drawing says; how far they were off is told. The
    ``coords`` of lines must be in WGS84 already.
    """
    opened = _open_ends(net)
    branches, gaps = [], []
    alive = net.line[net.line["from_bus"].isin(bus.index) & net.line["to_bus"].isin(bus.index)]
    cable = alive["type"].eq("cs") if "type" in alive else pd.Series(False, index=alive.index)
    columns = (alive[name].tolist() for name in ("from_bus", "to_bus", "coords"))
    for key, a, b, coords, under in zip(alive.index, *columns, cable, strict=True):
        lonlat, gap = _between(coords, _place(bus, a), _place(bus, b))
        gaps.append(gap)
        ends = ((a, key) in opened, (b, key) in opened)
        placement = "underground" if under else "overhead"
        branches.append(Branch(f"L{key}", a, b, *ends, lonlat, _kv(bus, a), placement))
    links = _links(net, bus, limit)
    found = []
    if (far := np.array(gaps) > 1.0).any():
        what = counted(int(far.sum()), "line ends away from its bus", "lines end away from their bus")
        what += f" (at most {max(gaps):.0f} m); put on it"
        found.append(Finding("note", "pandapower.line_end", label, what))
    if links:
        what = counted(len(links), "bus coupler or transformer joins", "bus couplers and transformers join")
        what += " different places; drawn as straight lines"
        found.append(Finding("note", "pandapower.links", label, what))
    return [*branches, *links], found


def _open_ends(net: PowerNet) -> set[tuple[int, int]]:
    opened = net.switch[(net.switch["et"] == "l") & ~net.switch["closed"].astype(bool)]
    return {(int(bus), int(line)) for bus, line in opened[["bus", "element"]].itertuples(index=False)}


def _kv(bus: pd.DataFrame, number: int) -> float:
    return float(bus["vn_kv"].to_numpy(float)[bus.index.get_loc(number)])


def _place(bus: pd.DataFrame, number: int) -> Floats:
    return bus.loc[number, ["lon", "lat"]].to_numpy(float)


def _metres(one: Floats, other: Floats) -> float:
    return float(GEOD.inv(one[0], one[1], other[0], other[1])[2])


def _between(coords: Floats | None, a: Floats, b: Floats) -> tuple[Floats, float]:
    """Return the drawn course from ``a`` to ``b`` and how far its worse end was off."""
    if coords is None:
        return np.array([a, b]), 0.0
    along, against = (max(_metres(c[0], a), _metres(c[-1], b)) for c in (coords, coords[::-1]))
    course = coords.copy() if along <= against else coords[::-1].copy()
    course[0], course[-1] = a, b
    return course, min(along, against)


def _links(net: PowerNet, bus: pd.DataFrame, limit: float) -> list[Branch]:
    own = set(bus.index[bus["vn_kv"] <= limit])
    couplers = net.switch[net.switch["et"] == "b"]
    pairs = [
        (f"S{i}", int(a), int(b), not c)
        for i, a, b, c in zip(couplers.index, couplers["bus"], couplers["element"], couplers["closed"], strict=True)
    ]
    pairs += [(f"T{i}", int(a), int(b), False) for i, a, b in net.trafo[["hv_bus", "lv_bus"]].itertuples()]
    links = []
    for key, a, b, is_open in pairs:
        if {a, b} <= own and _metres(_place(bus, a), _place(bus, b)) >= SAME_PLACE_M:
            kv = min(_kv(bus, a), _kv(bus, b))
            lonlat = np.array([_place(bus, a), _place(bus, b)])
            links.append(Branch(key, a, b, is_open, False, lonlat, kv, "overhead"))
    return links
