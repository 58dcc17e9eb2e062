"""The planner's page: one HTML file with the whole plan, which works with the network dead.

A ``folium.Map`` with folium's layer control and our own layers on it: roads, water, names and zones from the
project's own inputs are the base map, sections coloured by the value of a patrol, hazards, equipment, routes by
crew and day, and what was left out. The list beside the map says the same without any script.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import folium
import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from patrol.changes import changes
from patrol.config import MapSettings
from patrol.maps import listing, style
from patrol.maps.assets import Packed, Page, offline_map, render_page
from patrol.maps.levels import coarse, levels
from patrol.maps.listing import panel
from patrol.maps.load import load_table
from patrol.maps.packing import Shape, pack, to_wgs84
from patrol.maps.routes import (
    CHANGE_COLUMNS,
    DROPPED_COLUMNS,
    ROUTE_COLUMNS,
    SHIFT_COLUMNS,
    STOP_COLUMNS,
    change_frame,
    crew_names,
    dropped_frame,
    route_frame,
    section_plans,
    shift_frame,
    stop_frame,
)  # fmt: skip
from patrol.maps.tables import ZONE_FIGURES, tables
from patrol.plan import Plan, stop_codes, write_bytes
from patrol.risk.value import risk_class
from patrol.words import LANGUAGES, keys, say

CLOSED_STATES = ("refuted", "closed")
MAX_ZOOM = 19
ZOOM_SNAP = 0.5  # half steps fill the screen better; Leaflet draws them from the next larger tiles, never blown up
CORNER = (64, 64)  # (px) the first view leaves the buttons for zoom and layers free
STRAY = 0.02  # the share of sections at either end that may lie off the first view
RANKS = ("style", "risk_now", "cover")  # of a section: what levels of detail keep the worst of
_SHARED_WORDS = {"reports.party.": "party_", "reports.mode.": "mode_", "reasons.": "reason_"}
_NAMES = ["name", "name_zh"]
_CARDS: Mapping[str, dict[str, Any]] = {
    "roads": {"word": "road", "title": "name*", "rows": [["class", "road_class"]]},
    "zones": {"word": "zone", "title": "name*", "rows": [
        ["leader", "leader"], ["parent", "parent"], ["load", "share", "percent"],
        ["hours_needed", "hours_needed", "hours"],
        ["hours_available", "hours_available", "hours"], ["hours_planned", "hours_planned", "hours"],
        ["km_due", "km_due", "km"], ["km_due_planned", "km_due_planned", "km"], ["hazards_open", "hazards", "number"],
    ]},
    "sections": {"word": "section", "title": "label*", "rows": [
        ["risk_short", "style", "risk_"], ["risk_now", "risk_now", "risk_"], ["cover", "cover", "cover_"],
        ["when", "when"], ["crew", "crew*"], ["reason", "reason", "reason_"], ["last_patrol", "last_patrol"],
        ["since", "last_patrol", "since"], ["due", "due"], ["assumed", "assumed", "yes"],
        ["critical", "critical", "yes"],
        ["ecm", "ecm_per_fault", "number"], ["customers", "customers_interrupted", "number"],
        ["length", "length_m", "m"], ["feeder", "feeder_id"],
    ]},
    "equipment": {"word": "equipment", "title": "name*", "rows": [
        ["kind", "kind", "equipment_"], ["feeder", "feeder_id"], ["open", "normally_open", "yes"],
        ["kva", "capacity_kva", "number"],
    ]},
    "hazards": {"word": "hazard", "title": "type*", "rows": [
        ["number", "hazard_id"], ["grade", "grade", "grade_"], ["state", "state", "state_"],
        ["reported", "reported"], ["age", "age", "days"],
        ["by", "party", "party_"], ["feeder", "feeder_id"], ["pole", "pole_no"], ["words", "description"],
    ]},
    "routes": {"word": "leg", "title": "crew*", "rows": [["day", "date"], ["kind", "kind", "leg_"]]},
    "stops": {"word": "stop", "code": "number", "title": "label*", "rows": [
        ["kind", "kind", "kind_"], ["crew", "crew*"], ["party", "party", "party_"], ["day", "date"],
        ["arrive", "arrive", "clock"], ["leave", "leave", "clock"], ["from_pole", "from_pole"], ["to_pole", "to_pole"],
        ["way", "way", "leg_"], ["length", "km", "km"], ["due", "due"], ["overdue", "overdue", "days"],
        ["must", "must", "yes"],
    ]},
    "poles": {"word": "pole", "title": "pole_no", "rows": [
        ["feeder", "feeder_id"], ["branch", "branch"], ["kind", "type"],
    ]},
    "changes": {"word": "change", "title": "label*", "rows": [
        ["how", "how", "how_"], ["now", "now"], ["before", "before"], ["reason", "reason", "reason_"],
        ["kind", "kind", "kind_"],
    ]},
    "dropped": {"word": "dropped_task", "title": "label*", "rows": [
        ["reason", "reason", "reason_"], ["kind", "kind", "kind_"], ["due", "due"], ["overdue", "overdue", "days"],
        ["must", "must", "yes"],
    ]},
}  # fmt: skip


def overview_map(  # noqa: PLR0913 - a map shows this many layers, all by name
    plan: Plan,
    *,
    sections: gpd.GeoDataFrame,
    roads: gpd.GeoDataFrame,
    zones: gpd.GeoDataFrame,
    places: gpd.GeoDataFrame,
    water: gpd.GeoDataFrame,
    hazards: gpd.GeoDataFrame,
    equipment: gpd.GeoDataFrame,
    poles: gpd.GeoDataFrame | None = None,
    against: Plan | None = None,
    maps: MapSettings | None = None,
    lang: str,
) -> str:
    """Return the planner's page as HTML.

    Parameters
    ----------
    plan : Plan
        What is drawn as routes, stops and dropped tasks, and listed. If its project is synthetic, the
        title says so.
    sections : GeoDataFrame
        ``section_id, label, label_zh`` and what is known of ``risk_class`` (1..5), ``risk_ecm_day, ecm_per_fault,
        customers_interrupted, last_patrol, due, assumed, critical, length_m, feeder_id, zone_id, first_pole,
        last_pole``.
    roads, zones, places, water, equipment : GeoDataFrame
        As loaded (:mod:`patrol.layers.schema`).
    hazards : GeoDataFrame
        As loaded, and where known ``type_name, type_name_zh, hazard_class, zone_id``; closed and refuted ones
        are not drawn.
    poles : GeoDataFrame, optional
        As loaded, to be searched by number and shown near by.
    against : Plan, optional
        Another plan of the same project, such as the one before: the page tells what this one does otherwise.
    maps : MapSettings, optional
        Raster tiles, for those who want them; without it the page asks for nothing.
    lang : {'zh', 'en'}
        Language of the page as it reads without script; with script it follows the reader's browser.

    Every frame has its ``crs`` set (any), or is empty.

    Raises
    ------
    ValueError
        If a frame with rows has no CRS.
    """
    given = {"roads": roads, "zones": zones, "places": places, "water": water, "equipment": equipment}
    drawn = {name: to_wgs84(frame) for name, frame in given.items()}
    drawn["poles"] = to_wgs84(drawn["places"].iloc[:0] if poles is None else poles)
    drawn["sections"] = _sections(to_wgs84(sections), plan)
    drawn["hazards"] = _hazards(to_wgs84(hazards), on=pd.Timestamp(plan.document["from"]))
    drawn["zones"] = _zones(drawn["zones"], drawn["hazards"], plan)
    drawn["names"] = _names(drawn["places"], drawn["zones"])
    drawn["roads"], drawn["equipment"] = _roads(drawn["roads"]), _equipment(drawn["equipment"])
    drawn["routes"], drawn["stops"] = route_frame(plan, drawn["sections"]), stop_frame(plan, stop_codes(plan))
    drawn["dropped"], drawn["shifts"] = dropped_frame(plan), shift_frame(plan)
    found = changes(plan, against) if against is not None else None
    drawn["changes"] = change_frame(found, crew_names(plan, against))
    far = levels(drawn["sections"], RANKS, "zone_id" if "zone_id" in drawn["sections"] else None)
    synthetic = bool(plan.document["project"]["synthetic"])
    titles = {code: listing.page_title(plan, code, synthetic=synthetic) for code in LANGUAGES}
    page = Page(
        title=titles[lang],
        lang=lang,
        before=listing.header(plan, lang, synthetic=synthetic),
        after=panel(
            plan,
            lang,
            tables=tables(plan, drawn["zones"], drawn["hazards"], drawn["changes"], lang, against=against),
            load=load_table(plan),
            legend=style.legend(),
        ),
        style=style.css(),
        words={code: {**words, "page_title": titles[code]} for code, words in page_words().items()},
        tiles=maps.tiles if maps else "",
        credit=maps.tiles_credit if maps else "",
        blocks={name: _packed(name, drawn[name]) for name in sorted(_BLOCKS)} | _level_blocks(far),
    )
    return render_page(_map(page, _view(drawn), far, changed=len(drawn["changes"]) > 0, poles=len(drawn["poles"]) > 0))


def write_overview(plan: Plan, path: Path | str, **layers: Any) -> None:
    """Write the page of :func:`overview_map` to a file, whole or not at all."""
    write_bytes(Path(path), overview_map(plan, **layers).encode())


def page_words() -> dict[str, dict[str, str]]:
    """Return the words of the page in every language; ``{n}`` and the like stay for the script to fill in."""
    out: dict[str, dict[str, str]] = {}
    for lang in LANGUAGES:
        names = {key: key.removeprefix("maps.") for key in keys(lang) if key.startswith("maps.")}
        for start, short in _SHARED_WORDS.items():
            names |= {key: short + key.removeprefix(start) for key in keys(lang) if key.startswith(start)}
        names["papers.weekday"] = "weekdays"
        out[lang] = {name: say(key, lang, **_PLACES) for key, name in sorted(names.items())}
    return out


_PLACES = {
    name: f"{{{name}}}"
    for name in ("n", "all", "name", "first", "last", "days", "needed", "available", "share", "code", "due", "done")
}
_BLOCKS: Mapping[str, tuple[Shape, list[str]]] = {
    "roads": ("line", ["style", "road_class", *_NAMES]),
    "water": ("line", _NAMES),
    "zones": ("area", [
        *_NAMES, "zone_id", "leader", "parent", "load", "share", "hours_needed", "hours_available", "hours_planned",
        "km_due", "km_due_planned", "hazards",
    ]),
    "poles": ("point", ["feeder_id", "pole_no", "branch", "type"]),
    "changes": ("point", CHANGE_COLUMNS),
    "names": ("point", ["style", *_NAMES]),
    "sections": ("line", [
        "style", "risk_now", "cover", "label", "label_zh", "risk_ecm_day", "ecm_per_fault", "customers_interrupted",
        "last_patrol", "due", "assumed", "length_m", "feeder_id", "line_name",
        "line_name_zh", "zone_id", "when", "crew", "crew_zh", "reason",
        "first_pole", "last_pole", "critical",
    ]),
    "equipment": ("point", ["style", "kind", "feeder_id", "normally_open", "capacity_kva", *_NAMES]),
    "hazards": ("point", [
        "rank", "grade", "type", "type_zh", "state", "reported", "age", "party", "feeder_id", "pole_no", "description",
        "hazard_id", "zone_id",
    ]),
    "routes": ("line", ROUTE_COLUMNS),
    "stops": ("point", STOP_COLUMNS),
    "dropped": ("point", DROPPED_COLUMNS),
    "shifts": ("point", SHIFT_COLUMNS),
}  # fmt: skip


def _packed(name: str, frame: gpd.GeoDataFrame) -> str:
    shape, columns = _BLOCKS[name]
    there = [column for column in columns if column in frame]
    return pack(frame, there, shape=shape, by_place=name in {"roads", "water"})


def _level_blocks(far: Mapping[int, gpd.GeoDataFrame]) -> dict[str, str]:
    return {
        _level_name(zoom): pack(
            frame,
            [name for name in (*RANKS, "zone_id") if name in frame],
            shape="line",
            by_place=True,
            coarse=coarse(zoom),
        )
        for zoom, frame in far.items()
    }


def _level_name(zoom: int) -> str:
    return f"sections-to-{zoom}"


def _map(
    page: Page, view: list[list[float]] | None, far: Mapping[int, gpd.GeoDataFrame], *, changed: bool, poles: bool
) -> folium.Map:
    base = offline_map(
        page, location=[0, 0], zoom_start=2, max_zoom=MAX_ZOOM, zoom_snap=ZOOM_SNAP, fade_animation=False
    )

    def layer(kind: str, name: str, options: dict[str, Any], *, show: bool = True) -> None:
        card = {"card": _CARDS[name]} if name in _CARDS else {}
        Packed(kind, name, f"layer_{name}", {**options, **card}, show=show).add_to(base)

    def lines(kind: str, name: str, z_index: int, by: str | None = "style", **options: Any) -> None:
        layer(kind, name, {"styles": style.LINE_STYLES[name], "by": by, "zIndex": z_index, **options})

    lines("Lines", "routes", 5)
    layer("Clusters", "stops", {"face": "stop", "cell": 46})
    lines(
        "Lines", "sections", 4, levels=[[_level_name(zoom), zoom] for zoom in sorted(far)], colourings=style.COLOURINGS
    )
    layer("Clusters", "hazards", {"face": "hazard", "rank": "rank", "cell": 56})
    layer("Clusters", "dropped", {"face": "drop", "cell": 48}, show=False)
    if changed:
        layer("Clusters", "changes", {"face": "change", "cell": 48})
    if poles:
        layer("Marks", "poles", {"styles": style.POLE_STYLES, "zIndex": 7, "late": style.POLE_STYLES[0]["minZoom"]})
    layer("Marks", "equipment", {"styles": style.MARK_STYLES, "by": "style", "zIndex": 6})
    layer("Labels", "names", {"styles": style.LABEL_STYLES, "by": "style"})
    lines("Areas", "zones", 3, None, loads=style.LOAD_STYLES)
    lines("Lines", "roads", 2)
    lines("Lines", "water", 1, None)
    folium.LayerControl(collapsed=True, autoZIndex=False).add_to(base)
    if view is not None:
        folium.FitBounds(view, padding_top_left=CORNER, padding_bottom_right=(12, 12), max_zoom=16).add_to(base)
    return base


def _view(drawn: Mapping[str, gpd.GeoDataFrame]) -> list[list[float]] | None:
    """Return the corners of what the page is about: the lines; where there are none, whatever there is.

    A few lines far from all others (an error, or a branch across the county) do not shrink the rest to a spot.
    """
    for names in (("sections",), ("routes", "stops"), tuple(drawn)):
        boxes = [drawn[name].bounds.to_numpy(float) for name in names if len(drawn[name])]
        if boxes:
            low, high = _corners(np.vstack(boxes))
            return [[float(low[1]), float(low[0])], [float(high[1]), float(high[0])]]
    return None


def _corners(boxes: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the corners round boxes (n, 4), without strays if these would more than halve the scale."""
    middle = (boxes[:, :2] + boxes[:, 2:]) / 2
    low, high = np.quantile(middle, [STRAY, 1 - STRAY], axis=0)
    room = 0.5 * (high - low).max()
    near = ((middle >= low - room) & (middle <= high + room)).all(axis=1)
    kept = boxes[near] if near.any() else boxes
    return kept[:, :2].min(axis=0), kept[:, 2:].max(axis=0)


def _sections(frame: gpd.GeoDataFrame, plan: Plan) -> gpd.GeoDataFrame:
    risk = pd.to_numeric(frame.get("risk_class", pd.Series(0, index=frame.index))).fillna(0)
    frame = frame.assign(style=risk.clip(0, style.RISK_CLASSES).astype(int), risk_now=0)
    if "risk_ecm_day" in frame:
        known = frame["risk_ecm_day"].notna()
        frame["risk_now"] = risk_class(frame["risk_ecm_day"]).where(known, 0)
    for column in ("ecm_per_fault", "customers_interrupted", "length_m", "risk_ecm_day"):
        if column in frame:
            frame[column] = pd.to_numeric(frame[column]).round(0)
    planned = section_plans(plan).reindex(frame["section_id"] if len(frame) else [])
    frame = frame.assign(**{str(name): planned[name].fillna("").to_numpy(dtype=object) for name in planned})
    return frame.assign(cover=_cover(frame, plan))


def _cover(frame: gpd.GeoDataFrame, plan: Plan) -> NDArray[np.int64]:
    """Return for each section how due and plan stand to each other: a number of :data:`patrol.maps.style.COVER`.

    A first date that was only assumed is due, never overdue.
    """
    first = pd.Timestamp(plan.document["from"])
    end = first + pd.Timedelta(days=int(plan.document["days"]))
    due = pd.to_datetime(frame.get("due", pd.Series(pd.NaT, index=frame.index)))
    known = ~frame.get("assumed", pd.Series(False, index=frame.index)).to_numpy(bool)
    overdue, planned = (due < first).to_numpy() & known, (frame["when"] != "").to_numpy()
    within = (due < end).to_numpy()
    return np.select([within & planned & ~overdue, within & planned, overdue, within, planned], [2, 3, 5, 4, 1], 0)


def _hazards(frame: gpd.GeoDataFrame, *, on: pd.Timestamp) -> gpd.GeoDataFrame:
    if "state" in frame:
        frame = frame[~frame["state"].isin(CLOSED_STATES)].reset_index(drop=True)
    none = pd.Series("", index=frame.index, dtype=object)
    code = frame.get("type", none)
    grade = frame.get("hazard_class", none)
    out = frame.assign(
        grade=grade,
        rank=_numbers(grade, {name: number for number, name in enumerate(style.GRADES)}, 0),
        type=frame.get("type_name", code),
        type_zh=frame.get("type_name_zh", code),
    )
    if "reported" in out:
        out["age"] = (on - pd.to_datetime(out["reported"])).dt.days
    return out


def _zones(frame: gpd.GeoDataFrame, hazards: gpd.GeoDataFrame, plan: Plan) -> gpd.GeoDataFrame:
    """Add the load of each zone: its figures, ``share`` (percent of the hours there) and ``load`` (a style)."""
    known = plan.figures.get("by_zone", {})
    ids = frame.get("zone_id", pd.Series("", index=frame.index, dtype=object))
    rows = pd.DataFrame([known.get(zone, {}) for zone in ids], index=frame.index).reindex(columns=ZONE_FIGURES)
    rows = rows.astype(float)
    there = rows["hours_available"].where(rows["hours_available"] > 0)
    share = (100 * rows["hours_needed"] / there).round()
    load = np.digitize(share.fillna(-1), style.LOADS)
    open_here = hazards["zone_id"].value_counts() if "zone_id" in hazards else pd.Series(dtype=int)
    return frame.assign(**rows, share=share, load=load, hazards=ids.map(open_here).fillna(0).astype(int))


def _roads(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    kinds = frame.get("road_class", pd.Series("other", index=frame.index, dtype=object))
    return frame.assign(style=_numbers(kinds, style.ROAD_GROUPS, style.ROAD_PATH))


def _equipment(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    order = {kind: number for number, kind in enumerate(style.EQUIPMENT_ORDER)}
    kinds = frame.get("kind", pd.Series("", index=frame.index, dtype=object))
    return frame.assign(style=_numbers(kinds, order, 0))


def _numbers(values: pd.Series[Any], table: Mapping[str, int], other: int) -> list[int]:
    """Return the number of each word, ``other`` for words that the table does not have."""
    return [table.get(value, other) for value in values.to_numpy(dtype=object)]


def _names(places: gpd.GeoDataFrame, zones: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return names to write on the map, the more important ones first."""
    kinds = places.get("kind", pd.Series("village", index=places.index, dtype=object))
    parts = [
        places.assign(style=_numbers(kinds, style.PLACE_KINDS, style.PLACE_SMALL)),
        zones.assign(style=style.PLACE_ZONE, geometry=zones.representative_point()),
    ]
    kept = [part.reindex(columns=["style", *_NAMES, "geometry"]) for part in parts if len(part)]
    if not kept:
        return places.assign(style=pd.Series(dtype=int))
    table = pd.concat(kept, ignore_index=True).sort_values("style", kind="stable")
    return gpd.GeoDataFrame(table.reset_index(drop=True), geometry="geometry", crs=places.crs)
