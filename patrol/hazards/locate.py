"""Where a report is: by coordinates, by line and pole, by equipment, or by metres along the line, in this order."""

from __future__ import annotations

import difflib
import re
import unicodedata

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from patrol import text
from patrol.config import HazardSettings
from patrol.errors import Finding
from patrol.hazards.along import trunk_places
from patrol.hazards.asking import TOLD, Asking, quoted
from patrol.hazards.frames import put, renumbered
from patrol.hazards.line_names import LineNames, line_names
from patrol.hazards.nearest import finite
from patrol.hazards.pole_places import NONE, SEVERAL, each, find_poles, pole_table
from patrol.layers.crs import WGS84, Declared, transformed
from patrol.layers.files import Layers
from patrol.network.topology import Network
from patrol.network.trees import BoolArray, FloatArray

SATELLITES = "firms:"  # sources whose places are centres of pixels
DISAGREE_M = 100.0  # coordinates and pole may be this much farther apart than both uncertainties
_EQUIPMENT = re.compile(r"(?:配电变压器|变压器|公变|专变|配变|台变|变台|台区|transformer)$")
_TRIAGE = "put it on the map by hand"


def locate(
    reports: pd.DataFrame, network: Network, layers: Layers, settings: HazardSettings
) -> tuple[pd.DataFrame, tuple[Finding, ...]]:
    """Find the place of each report.

    The first that leads to one place counts: longitude and latitude; line and pole (``37``, ``037#``,
    ``37-38`` for the middle between two, ``012B03``; a pole without a line if only one of the project is called so);
    equipment by id or name; metres from the source along the line's trunk. Lines answer to id and names,
    with or without voltage, number and "line", and to the names of their branches.

    Parameters
    ----------
    reports : DataFrame
        :data:`patrol.hazards.model.REPORT_COLUMNS`.
    network : Network
    layers : Layers
        For the poles and the metric CRS.
    settings : HazardSettings

    Returns
    -------
    reports : DataFrame
        With ``x, y`` (metric CRS; NaN where nothing led to a place), ``uncertainty_m`` filled, ``located_by`` (""
        without a place), ``feeder_id``, the line that the report names ("" if none or not clear), and ``pole_x,
        pole_y`` (metric CRS): where the pole stands that it names beside coordinates, NaN where they contradict it.
    findings : tuple of Finding
        Suspicions: names nothing or several answer to, places beyond the end of a line, coordinates that
        contradict the pole. One a distinct cause, with the first row and how many.
    """
    seen = Asking(renumbered(reports), [])
    line = _lines(seen, line_names(network.feeders, layers.poles))
    ways = {
        "lonlat": _coordinates(seen, layers),
        "pole": _poles(seen, line, layers.poles, network),
        "equipment": _equipment(seen, line, network),
        "along": _along(seen, line, network),
    }
    frame = seen.frame
    stated = frame["uncertainty_m"].to_numpy(dtype=np.float64)
    xy, by = np.full((len(frame), 2), np.nan), np.full(len(frame), "", dtype=object)
    radius = np.where(stated >= 0, stated, np.nan)
    feeder = line["feeder_id"].to_numpy(dtype=object).copy()
    for name, way in ways.items():
        new = way["x"].notna().to_numpy()
        if not new.any():
            continue
        new &= by == ""
        xy[new], by[new] = way.loc[new, ["x", "y"]].to_numpy(), way.loc[new, "by"]
        if name != "lonlat":
            feeder[new] = way.loc[new, "feeder_id"]
        radius[new] = _radius(radius[new], by[new], way.loc[new, "spread_m"].to_numpy(dtype=np.float64), settings)
    placed = put(frame, x=xy[:, 0], y=xy[:, 1], uncertainty_m=radius, located_by=by, feeder_id=feeder)
    against = _contradictions(seen, placed, ways["pole"], settings)
    agrees = (placed["located_by"] == "lonlat").to_numpy() & ~against
    read = np.where(agrees[:, None], ways["pole"][["x", "y"]].to_numpy(dtype=np.float64), np.nan)
    placed = put(placed, pole_x=read[:, 0], pole_y=read[:, 1])
    _lost(seen, placed)
    placed.index = reports.index
    return placed, tuple(seen.told)


def _radius(stated: FloatArray, by: NDArray[np.object_], spread: FloatArray, settings: HazardSettings) -> FloatArray:
    """Return uncertainties: as stated but never less than the spread of the place, else the setting for its kind."""
    usual = pd.Series(by).map(settings.uncertainty_m).to_numpy(dtype=np.float64)
    unsaid = np.where((by == "area") & (spread > 0), spread, usual + spread)
    result: FloatArray = np.where(np.isnan(stated), unsaid, np.maximum(stated, spread))
    return result


def _lines(seen: Asking, names: LineNames) -> pd.DataFrame:
    """Return feeder, branch and state (``""``, ``known``, ``unknown``, ``several``) of the line each report names."""
    codes, unique = pd.factorize(seen.frame["feeder_ref"])
    meant = [names.find(name) if name else () for name in unique]
    rows = []
    for name, places in zip(unique, meant, strict=True):
        if len(places) == 1:
            rows.append((*places[0], "known", ""))
            continue
        shown = text.clean(name, limit=60)
        if places:
            some = ", ".join(" ".join(place).strip() for place in places[:6])
            rows.append(("", "", "several", f"{shown!r} may be any of {len(places)} lines: {some}"))
        elif name:
            known = sorted({feeder for tier in names.tiers[:1] for key in tier for feeder, _ in tier[key]})
            near = difflib.get_close_matches(shown, known, n=1) if len(unique) < TOLD else []
            hint = f"; did you mean {near[0]!r}?" if near else ""
            rows.append(("", "", "unknown", f"no line is called {shown!r}{hint}"))
        else:
            rows.append(("", "", "", ""))
    table = pd.DataFrame(rows, columns=["feeder_id", "branch", "state", "what"], dtype=object)
    line = table.take(codes).set_axis(seen.frame.index)
    need = seen.without_coordinates()
    for state in ("several", "unknown"):
        mend = "name the line by its id" if state == "several" else "mend the name of the line"
        seen.doubt(
            need & (line["state"] == state).to_numpy(), f"line_{state}", "feeder_ref", line["what"].to_numpy(), mend
        )
    return line


def _coordinates(seen: Asking, layers: Layers) -> pd.DataFrame:
    """Return places by longitude and latitude, or by the middle of an area (then with its radius as spread)."""
    way, frame = seen.nowhere("lonlat"), seen.frame
    lonlat = frame[["lon", "lat"]].to_numpy(dtype=np.float64).copy()
    area = (frame["area_wkt"] != "").to_numpy(dtype=bool)
    way.loc[area | each(frame["source"], lambda name: name.startswith(SATELLITES)).astype(bool), "by"] = "area"
    system = Declared("crs", WGS84, "WGS84")
    shapes = shapely.from_wkt(frame.loc[area, "area_wkt"].to_numpy(dtype=object), on_invalid="ignore")
    middle, rows = shapely.get_coordinates(shapely.centroid(shapes)), np.flatnonzero(area)
    rows = rows[~(shapely.is_missing(shapes) | shapely.is_empty(shapes))]  # the others have no middle
    bare = ~np.isfinite(lonlat[rows]).all(axis=1)
    lonlat[rows[bare]] = middle[bare]
    given = np.isfinite(lonlat).all(axis=1)
    xy = transformed(lonlat[given], system, layers.crs)
    here = np.full((len(frame), 2), np.nan)
    here[given] = np.where(finite(xy)[:, None], xy, np.nan)
    way["x"], way["y"] = here.T
    corners, owner = shapely.get_coordinates(shapes, return_index=True)
    apart = transformed(corners, system, layers.crs) - here[area][owner]
    spread = np.zeros(len(shapes))
    np.fmax.at(spread, owner, np.hypot(apart[:, 0], apart[:, 1]))
    way.loc[area, "spread_m"] = np.where(np.isfinite(spread), spread, 0.0)
    what = np.full(len(frame), "the coordinates lie where the project's map does not reach", dtype=object)
    seen.doubt(given & way["x"].isna().to_numpy(), "coordinates_beyond", "lon", what, "mend lon and lat")
    return way


def _poles(seen: Asking, line: pd.DataFrame, poles: pd.DataFrame, network: Network) -> pd.DataFrame:
    """Return places by pole; of a line that is not known none."""
    way = seen.nowhere("pole")
    asks = (seen.frame["pole_ref"] != "").to_numpy(dtype=bool)
    if not asks.any():
        return way
    table, need = pole_table(poles, network), seen.without_coordinates()
    asks &= line["state"].isin(["", "known"]).to_numpy()
    wanted = line.loc[asks, ["feeder_id", "branch"]].assign(pole_ref=seen.frame.loc[asks, "pole_ref"])
    codes = wanted.groupby(list(wanted.columns), sort=False).ngroup().to_numpy()
    different = wanted.drop_duplicates(ignore_index=True)
    found = find_poles(table, different)
    told = _pole_words(different, found)
    way.loc[asks, ["x", "y", "spread_m", "feeder_id"]] = found[["x", "y", "spread_m", "feeder_id"]].to_numpy()[codes]
    words, code = np.full(len(way), "", dtype=object), np.full(len(way), "", dtype=object)
    words[asks], code[asks] = told["what"].to_numpy()[codes], told["code"].to_numpy()[codes]
    mends = {"pole_several": "name line and branch", "pole_unknown": _TRIAGE, "pole_without_line": "name the line"}
    for kind, mend in mends.items():
        seen.doubt(need & (code == kind), kind, "pole_ref", words, mend)
    return way


def _pole_words(asked: pd.DataFrame, found: pd.DataFrame) -> pd.DataFrame:
    """Return for each pole asked for what is doubtful about the answer: ``code`` ("" for nothing) and ``what``."""
    rows = []
    for ask, got in zip(asked.itertuples(), found.itertuples(), strict=True):
        named = quoted(str(ask.pole_ref))
        if got.pole == SEVERAL:
            rows.append(("pole_several", f"pole {named} may be any of {text.clean(got.candidates, limit=200)}"))
        elif got.pole == NONE:
            where = text.clean(f"{ask.feeder_id} {ask.branch}", limit=80) or "any line"
            rows.append(("pole_unknown", f"no pole {named} on {where}"))
        elif not ask.feeder_id:
            rows.append(("pole_without_line", f"pole {named} without a line: only {got.feeder_id} has it"))
        else:
            rows.append(("", ""))
    return pd.DataFrame(rows, columns=["code", "what"], dtype=object)


def _equipment(seen: Asking, line: pd.DataFrame, network: Network) -> pd.DataFrame:
    """Return places by equipment, of the line named if several are called so."""
    way, equipment = seen.nowhere("equipment"), network.equipment
    asks = (seen.frame["equipment_ref"] != "").to_numpy(dtype=bool)
    if not asks.any():
        return way
    names = equipment[["equipment_id", "name", "name_zh"]].stack().droplevel(1).pipe(each, _equipment_key)
    table = names[names != ""].rename("key").rename_axis("item").reset_index().drop_duplicates()
    owner = equipment["feeder_id"].to_numpy(dtype=object)
    wanted = seen.frame.loc[asks, ["equipment_ref"]].assign(on=line.loc[asks, "feeder_id"])
    wanted["key"] = wanted["equipment_ref"].pipe(each, _equipment_key)
    pairs = wanted[["key", "on"]].drop_duplicates()
    found = pairs.merge(table, on="key")
    own = owner[found["item"].to_numpy(dtype=np.int64)]
    # equipment of no stated line may stand on any
    found = found.loc[(found["on"] == "") | (own == "") | (own == found["on"])]
    size = found.groupby(["key", "on"])["item"].agg(["size", "first"])
    answer = size.reindex(pd.MultiIndex.from_frame(wanted[["key", "on"]]))
    count = answer["size"].fillna(0).to_numpy()
    rows, item = np.flatnonzero(asks)[count == 1], answer["first"].to_numpy()[count == 1].astype(np.int64)
    way.loc[rows, ["x", "y"]] = shapely.get_coordinates(np.asarray(equipment.geometry, dtype=object)[item])
    way.loc[rows, "feeder_id"] = owner[item]
    need = seen.without_coordinates()
    named = seen.frame["equipment_ref"].pipe(each, quoted).to_numpy()
    for code, wrong, words in (
        ("unknown", count == 0, "no equipment "),
        ("several", count > 1, "several pieces of equipment "),
    ):
        mask = np.zeros(len(way), dtype=bool)
        mask[np.flatnonzero(asks)[wrong]] = True
        mend = "name it by its id" if code == "several" else _TRIAGE
        seen.doubt(
            mask & need, f"equipment_{code}", "equipment_ref", np.where(mask, words + "called " + named, ""), mend
        )
    return way


def _along(seen: Asking, line: pd.DataFrame, network: Network) -> pd.DataFrame:
    """Return places by metres from the source of the line named."""
    way = seen.nowhere("along")
    metres = seen.frame["along_m"].to_numpy(dtype=np.float64)
    if np.isnan(metres).all():
        return way
    asks = np.isfinite(metres) & (line["state"] == "known").to_numpy()
    words = np.full(len(way), "", dtype=object)
    for feeder, rows in way.loc[asks].groupby(line.loc[asks, "feeder_id"]).groups.items():
        places, length = trunk_places(network, str(feeder), metres[rows])
        way.loc[rows, ["x", "y"]] = places
        way.loc[rows, "feeder_id"] = feeder
        words[rows] = f"the trunk of {feeder} is {length:.0f} m long; the place is not on it"
    beyond = asks & way["x"].isna().to_numpy() & seen.without_coordinates()
    seen.doubt(beyond, "along_beyond", "along_m", words, "give a pole, or coordinates")
    return way


def _contradictions(seen: Asking, placed: pd.DataFrame, pole: pd.DataFrame, settings: HazardSettings) -> BoolArray:
    """Tell where coordinates, which are kept, lie far from the pole that the report names; return where."""
    gap = placed[["x", "y"]].to_numpy(dtype=np.float64) - pole[["x", "y"]].to_numpy(dtype=np.float64)
    apart = np.hypot(gap[:, 0], gap[:, 1])
    allowed = (
        placed["uncertainty_m"].to_numpy() + settings.uncertainty_m["pole"] + pole["spread_m"].to_numpy() + DISAGREE_M
    )
    wrong: BoolArray = (placed["located_by"] == "lonlat").to_numpy() & (apart > allowed)
    what = np.full(len(placed), "", dtype=object)
    for row in np.flatnonzero(wrong).tolist():
        named, feeder = quoted(str(placed["pole_ref"].iat[row])), pole["feeder_id"].iat[row]
        what[row] = f"the coordinates lie {apart[row]:.0f} m from pole {named} of {feeder}, and are kept"
    seen.doubt(wrong, "contradiction", "pole_ref", what, "ask which is right")
    return wrong


def _lost(seen: Asking, placed: pd.DataFrame) -> None:
    """Tell of reports without a place that give nothing to find one by."""
    lost = (placed["located_by"] == "").to_numpy(dtype=bool)
    if not lost.any():
        return
    silent = lost & (seen.frame[["pole_ref", "equipment_ref"]] == "").all(axis=1).to_numpy()
    silent &= seen.frame["along_m"].isna().to_numpy() & seen.without_coordinates()
    line = (placed["feeder_id"] != "").to_numpy(dtype=bool)
    only = each(placed["feeder_id"], "only the line {} is named, no pole or equipment on it".format)
    seen.doubt(silent & line, "place_only_line", "pole_ref", only.to_numpy(), _TRIAGE)
    nothing = silent & (seen.frame["feeder_ref"] == "").to_numpy(dtype=bool)
    what = np.full(len(placed), "nothing says where it is", dtype=object)
    seen.doubt(nothing, "place_missing", "", what, _TRIAGE)


def _equipment_key(name: str) -> str:
    word = "".join(unicodedata.normalize("NFKC", str(name)).casefold().split())
    return _EQUIPMENT.sub("", word) or word
