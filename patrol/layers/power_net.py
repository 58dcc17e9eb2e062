"""A power-flow model as plain tables: from pandapower itself, or from a GeoPackage of its tables."""

from __future__ import annotations

import difflib
import inspect
import json
import re
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyogrio
import shapely
from pyogrio.errors import DataLayerError, DataSourceError

from patrol.errors import Finding, LayerError

TABLES = ("bus", "line", "switch", "load", "trafo", "trafo3w", "ext_grid")
_NEEDS = {
    "bus": ("vn_kv",), "line": ("from_bus", "to_bus", "length_km"), "switch": ("bus", "element", "et", "closed"),
    "load": ("bus", "p_mw", "q_mvar"), "trafo": ("hv_bus", "lv_bus", "vn_hv_kv", "vn_lv_kv", "sn_mva"),
    "trafo3w": ("hv_bus", "mv_bus", "lv_bus", "vn_hv_kv", "vn_mv_kv", "vn_lv_kv"), "ext_grid": ("bus",),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class PowerNet:
    """Tables of a power-flow model, each indexed by pandapower's element number.

    ``bus`` has ``x, y`` and ``line`` has ``coords`` (arrays of shape (k, 2), or None), in the
    coordinates of the model. Rows out of service are left out; absent tables are empty.
    """

    name: str
    bus: pd.DataFrame
    line: pd.DataFrame
    switch: pd.DataFrame
    load: pd.DataFrame
    trafo: pd.DataFrame
    trafo3w: pd.DataFrame
    ext_grid: pd.DataFrame


def read_power_net(source: str) -> PowerNet:
    """Read a model: a name in ``pandapower.networks``, a ``.json`` of pandapower, or a ``.gpkg`` of its tables.

    A pandapower JSON can name Python classes to build: open only files from people you trust.

    Raises
    ------
    LayerError
        If there is no such network or file, it is no model, or pandapower is needed and not installed.
    """
    path = Path(source)
    if path.suffix.lower() == ".gpkg":
        return _checked(path.stem, _gpkg_tables(path), source)
    if path.suffix.lower() == ".json" or path.exists():
        if not path.is_file():
            raise _fault("missing", source, "the file does not exist", "mend the path")
        return _checked(path.stem, _net_tables(source, lambda pandapower: pandapower.from_json(str(path))), source)
    return _checked(source, _net_tables(source, lambda _: _builder(source)()), source)


def _fault(code: str, label: str, what: str, mend: str) -> LayerError:
    return LayerError(Finding("error", f"pandapower.{code}", label, what, mend))


def _builder(name: str) -> Callable[[], Any]:
    """Return the function of ``pandapower.networks`` with this name, if it builds a net without being asked more."""
    from pandapower import networks

    usable = {
        key: value
        for key, value in vars(networks).items()
        if inspect.isfunction(value)
        and value.__module__.startswith("pandapower.networks")
        and re.fullmatch(r"[a-z][a-z0-9_]*", key)
        and all(
            p.default is not p.empty or p.kind == p.VAR_KEYWORD for p in inspect.signature(value).parameters.values()
        )
    }
    if name in usable:
        return usable[name]
    near = difflib.get_close_matches(name, usable, n=3)
    mend = f"did you mean {' or '.join(near)}?" if near else "give a name of pandapower.networks, or a .json file"
    raise _fault("unknown", name, "is neither a file nor a network of pandapower.networks", mend)


def _net_tables(source: str, build: Callable[[Any], Any]) -> dict[str, pd.DataFrame]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what pandapower thinks of its own code is no news for a planner
            import pandapower
    except ImportError as error:
        mend = 'in the project folder: pip install -e ".[pandapower]"'
        raise _fault("absent", source, "needs pandapower, which is not installed", mend) from error
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            net = build(pandapower)
        except LayerError:
            raise
        except Exception as error:  # a foreign reader: whatever it raises, the file is at fault
            what = f"pandapower cannot read it ({type(error).__name__}: {str(error)[:200]})"
            raise _fault("unreadable", source, what, "save it again with pandapower.to_json") from error
    if not isinstance(net, pandapower.pandapowerNet):
        raise _fault("unreadable", source, "holds no pandapower network", "save it with pandapower.to_json(net, file)")
    tables = {name: net[name].copy() for name in TABLES if name in net}
    tables["bus"] = _with_bus_places(tables["bus"], net.get("bus_geodata"))
    tables["line"] = tables["line"].assign(coords=_line_places(tables["line"], net.get("line_geodata")))
    return tables


def _with_bus_places(bus: pd.DataFrame, old: pd.DataFrame | None) -> pd.DataFrame:
    """Take places from the ``geo`` column (GeoJSON text, pandapower 3) or the table before it (pandapower 2)."""
    if "geo" in bus:
        points = [_coordinates(geo) for geo in bus["geo"]]
        xy = np.array([p if p is not None and p.shape == (2,) else (np.nan, np.nan) for p in points]).reshape(-1, 2)
        return bus.assign(x=xy[:, 0], y=xy[:, 1])
    if old is not None and len(old):
        return bus.assign(x=old["x"].reindex(bus.index), y=old["y"].reindex(bus.index))
    return bus.assign(x=np.nan, y=np.nan)


def _line_places(line: pd.DataFrame, old: pd.DataFrame | None) -> list[Any]:
    if "geo" in line:
        found = [_coordinates(geo) for geo in line["geo"]]
    elif old is not None and len(old):
        found = [
            np.asarray(c, float) if isinstance(c, (list, tuple)) else None for c in old["coords"].reindex(line.index)
        ]
    else:
        found = [None] * len(line)
    return [c if c is not None and c.ndim == 2 and len(c) > 1 else None for c in found]


def _coordinates(geo: object) -> np.ndarray | None:
    if not isinstance(geo, str) or not geo:
        return None
    try:
        return np.asarray(json.loads(geo)["coordinates"], float)[..., :2]
    except (ValueError, KeyError, TypeError, IndexError):
        return None


def _gpkg_tables(path: Path) -> dict[str, pd.DataFrame]:
    """Read tables written as layers, with pandapower's element number in ``idx`` and places as geometry."""
    if not path.is_file():
        raise _fault("missing", str(path), "the file does not exist", "mend the path")
    try:
        present = {str(layer) for layer in pyogrio.list_layers(path)[:, 0]}
        tables = {name: pyogrio.read_dataframe(path, layer=name) for name in TABLES if name in present}
    except (DataSourceError, DataLayerError) as error:
        raise _fault("unreadable", str(path), str(error), "give a GeoPackage of pandapower's tables") from error
    for name, table in tables.items():
        if "idx" not in table:
            what = f"layer {name} has no column idx with pandapower's element numbers"
            raise _fault("unreadable", str(path), what, "write the index of each table as idx")
        tables[name] = table.set_index("idx")
    if {"bus", "line"} <= set(tables):
        shape = tables["bus"].geometry
        tables["bus"] = tables["bus"].assign(x=shape.x, y=shape.y)
        coords = [None if s is None or s.is_empty else shapely.get_coordinates(s) for s in tables["line"].geometry]
        tables["line"] = tables["line"].assign(coords=coords)
    return {name: pd.DataFrame(table.drop(columns="geometry", errors="ignore")) for name, table in tables.items()}


def _checked(name: str, tables: dict[str, pd.DataFrame], label: str) -> PowerNet:
    faults = []
    for table in TABLES:
        frame = tables.get(table)
        if frame is None:
            columns = {"bus": ("x", "y"), "line": ("coords",)}.get(table, ())
            tables[table] = pd.DataFrame(columns=[*_NEEDS[table], *columns])
            continue
        missing = [column for column in _NEEDS[table] if column not in frame]
        if missing:
            faults.append(Finding("error", "pandapower.columns", label, f"table {table} has no {', '.join(missing)}"))
        if "in_service" in frame:
            tables[table] = frame[frame["in_service"].astype(bool)]
        tables[table] = tables[table].sort_index()
    if faults:
        raise LayerError(faults)
    if tables["line"].empty:
        raise _fault("no_lines", label, "holds no lines in service", "give a model of a network with lines")
    buses = set(tables["bus"].index)
    alive = tables["line"]["from_bus"].isin(buses) & tables["line"]["to_bus"].isin(buses)
    tables["line"] = tables["line"][alive]
    return PowerNet(name, **{table: tables[table] for table in TABLES})
