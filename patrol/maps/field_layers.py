"""The map of a field page: folium layers of what is near, with the columns a crew may see and no others."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date
from typing import Any

import folium
import geopandas as gpd
import numpy as np
import pandas as pd

from patrol.hazards.model import OPEN_STATES
from patrol.maps import style
from patrol.maps.assets import Packed, Page, offline_map
from patrol.maps.field_facts import safe_words
from patrol.maps.packing import Shape, pack
from patrol.maps.routes import route_frame, stop_frame
from patrol.maps.surroundings import Surroundings, around
from patrol.plan import Plan

MAX_ZOOM = 19
_NAMES = ["name", "name_zh"]
_NAMELESS = ("transformer",)  # of a customer, or of an important user: its name would tell who that is
# Every column that can reach a phone. Nothing else is packed, whatever a frame holds.
BLOCKS: Mapping[str, tuple[Shape, list[str]]] = {
    "roads": ("line", ["style", *_NAMES]),
    "water": ("line", _NAMES),
    "zones": ("line", _NAMES),
    "names": ("point", ["style", *_NAMES]),
    "lines": ("line", ["style", "label", "label_zh"]),
    "poles": ("point", ["style"]),
    "equipment": ("point", ["style", "kind", *_NAMES]),
    "hazards": ("point", ["rank", "grade", "type", "type_zh", "state", "reported", "pole_no", "description"]),
    "routes": ("line", ["style", "kind"]),
    "stops": ("point", [
        "shift", "colour", "number", "kind", "arrive", "leave", "label", "label_zh", "from_pole", "to_pole",
    ]),
}  # fmt: skip
_CARDS: Mapping[str, dict[str, Any]] = {
    "roads": {"word": "road", "title": "name*", "rows": []},
    "lines": {"word": "section", "title": "label*", "rows": []},
    "equipment": {"word": "equipment", "title": "name*", "rows": [["kind", "kind", "equipment_"]]},
    "hazards": {"word": "hazard", "title": "type*", "rows": [
        ["grade", "grade", "grade_"], ["state", "state", "state_"], ["reported", "reported"], ["pole", "pole_no"],
        ["words", "description"],
    ]},
    "stops": {"word": "stop", "code": "number", "title": "label*", "rows": [
        ["kind", "kind", "kind_"], ["arrive", "arrive", "clock"], ["leave", "leave", "clock"],
        ["from_pole", "from_pole"], ["to_pole", "to_pole"],
    ]},
}  # fmt: skip
# One crew, one colour: wide, as a thumb and the sun leave it; what is walked is dashed
_ROUTE = [{**one, "width": one["width"] * 1.75} for one in style.LINE_STYLES["routes"][: len(style.ROUTE_KINDS)]]
_LINES = [{"colour": "risk-0", "width": 3}, {"colour": "risk-0", "width": 3, "dash": [7, 4]}]
_POLES = [{"shape": "circle", "size": 2.5, "colour": "soft", "minZoom": 15}]
_POLE_LABEL = {"kind": "pole", "minZoom": 17}


def field_frames(  # noqa: PLR0913 - a map shows this many layers, all by name
    plan: Plan,
    codes: Mapping[int, int],
    *,
    sections: gpd.GeoDataFrame,
    roads: gpd.GeoDataFrame,
    zones: gpd.GeoDataFrame,
    places: gpd.GeoDataFrame,
    water: gpd.GeoDataFrame,
    poles: gpd.GeoDataFrame,
    hazards: gpd.GeoDataFrame,
    equipment: gpd.GeoDataFrame,
    names: Collection[str] = (),
) -> dict[str, gpd.GeoDataFrame]:
    """Return what is drawn for a plan of one shift: WGS84 frames by the names of :data:`BLOCKS`, cut to what is near.

    Parameters
    ----------
    plan : Plan
        With the one shift.
    codes : mapping
        Short code of each stop by its position on the route.
    hazards : GeoDataFrame
        As ``overview_map`` takes them.
    names : collection of str
        Of people, see :func:`patrol.maps.field_facts.safe_words`.
    """
    shift = plan.shifts[0]
    mine = {plan.tasks.get(stop["task_id"], {}).get("section_id", "") for stop in shift["route"]}
    own = sections[sections["section_id"].isin(mine)].to_crs("EPSG:4326") if len(sections) else sections
    known = {(shift["shift_id"], at): code for at, code in codes.items()}
    drawn = {"routes": route_frame(plan, own), "stops": stop_frame(plan, known)}
    near = around(pd.concat([drawn["stops"].geometry, drawn["routes"].geometry], ignore_index=True))
    drawn |= {"roads": _roads(near.lines(roads)), "water": near.lines(water), "zones": near.lines(zones)}
    drawn["lines"] = _lines(near.lines(sections))
    drawn["poles"] = near.points(poles).assign(style=0)
    drawn["names"] = _names(near.points(places), near.areas(zones), drawn["poles"])
    drawn["equipment"] = _equipment(near.points(equipment))
    drawn["hazards"] = _hazards(near, hazards, names, on=date.fromisoformat(shift["date"]))
    return drawn


def packed(frames: Mapping[str, gpd.GeoDataFrame]) -> dict[str, str]:
    """Return the blocks of a page."""
    return {
        name: pack(
            frames[name],
            [column for column in columns if column in frames[name]],
            shape=shape,
            by_place=name in {"roads", "water"},
        )
        for name, (shape, columns) in BLOCKS.items()
    }


def field_map(page: Page, frames: Mapping[str, gpd.GeoDataFrame]) -> folium.Map:
    """Return the folium map of a page that has the blocks of :func:`packed`."""
    base = offline_map(page, location=[0, 0], zoom_start=2, max_zoom=MAX_ZOOM, zoom_snap=0.5)

    def layer(kind: str, name: str, options: dict[str, Any]) -> None:
        card = {"card": _CARDS[name]} if name in _CARDS else {}
        Packed(kind, name, f"layer_{name}", {**options, **card}).add_to(base)

    layer("Lines", "routes", {"styles": _ROUTE, "by": "style", "zIndex": 5})
    layer("Clusters", "stops", {"face": "stop", "cell": 46})
    layer("Clusters", "hazards", {"face": "hazard", "rank": "rank", "cell": 56})
    layer("Lines", "lines", {"styles": _LINES, "by": "style", "zIndex": 4})
    layer("Marks", "poles", {"styles": _POLES, "by": "style", "zIndex": 6})
    layer("Marks", "equipment", {"styles": style.MARK_STYLES, "by": "style", "zIndex": 7})
    layer("Labels", "names", {"styles": [*style.LABEL_STYLES, _POLE_LABEL], "by": "style"})
    layer("Lines", "zones", {"styles": style.LINE_STYLES["zones"], "by": None, "zIndex": 3})
    layer("Lines", "roads", {"styles": style.LINE_STYLES["roads"], "by": "style", "zIndex": 2})
    layer("Lines", "water", {"styles": style.LINE_STYLES["water"], "by": None, "zIndex": 1})
    folium.LayerControl(collapsed=True, autoZIndex=False).add_to(base)
    west, south, east, north = pd.concat([frames["stops"].geometry, frames["routes"].geometry]).total_bounds.tolist()
    folium.FitBounds([[south, west], [north, east]], padding=(48, 48), max_zoom=16).add_to(base)
    return base


def _roads(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    kinds = frame.get("road_class", pd.Series("other", index=frame.index, dtype=object))
    return frame.assign(style=[style.ROAD_GROUPS.get(kind, style.ROAD_PATH) for kind in kinds])


def _lines(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    below = frame.get("placement", pd.Series("", index=frame.index, dtype=object)) == "underground"
    return frame.assign(style=below.astype(int))


def _equipment(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return equipment by kind; who is supplied by it is nobody's business but the office's."""
    none = pd.Series("", index=frame.index, dtype=object)
    kinds = frame.get("kind", none)
    private = kinds.isin(_NAMELESS) | (frame.get("important", none).fillna("") != "")
    order = {kind: number for number, kind in enumerate(style.EQUIPMENT_ORDER)}
    hidden = {name: frame.get(name, none).mask(private, "") for name in _NAMES}
    return frame.assign(style=[order.get(kind, 0) for kind in kinds], **hidden)


def _hazards(near: Surroundings, frame: gpd.GeoDataFrame, names: Collection[str], *, on: date) -> gpd.GeoDataFrame:
    if "state" in frame:
        frame = frame[frame["state"].isin(OPEN_STATES)]
    here = near.points(frame)
    if "reported" in here:
        here = here[pd.to_datetime(here["reported"]) <= pd.Timestamp(on)].reset_index(drop=True)
    none = pd.Series("", index=here.index, dtype=object)
    grade = here.get("hazard_class", none)
    code = here.get("type", none)
    said = here.get("description", none)
    return here.assign(
        grade=grade,
        rank=[style.GRADES.index(one) if one in style.GRADES else 0 for one in grade],
        type=here.get("type_name", code),
        type_zh=here.get("type_name_zh", code),
        description=[safe_words(words, names) for words in said],
    )


def _names(places: gpd.GeoDataFrame, zones: gpd.GeoDataFrame, poles: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return names to write on the map, the more important ones first, pole numbers last."""
    kinds = places.get("kind", pd.Series("village", index=places.index, dtype=object))
    parts = [
        places.assign(style=[style.PLACE_KINDS.get(kind, style.PLACE_SMALL) for kind in kinds]),
        zones.assign(style=style.PLACE_ZONE, geometry=zones.representative_point()),
        poles.assign(style=len(style.LABEL_STYLES), name=poles.get("pole_no", ""), name_zh=""),
    ]
    kept = [part.reindex(columns=["style", *_NAMES, "geometry"]) for part in parts if len(part)]
    if not kept:
        return places.assign(style=np.zeros(0, dtype=int))
    table = pd.concat(kept, ignore_index=True).sort_values("style", kind="stable")
    return gpd.GeoDataFrame(table.reset_index(drop=True), geometry="geometry", crs=places.crs)
