"""The field page: one HTML file a crew and day, that works on a phone without a signal and without a server.

The list of stops is plain HTML and reads without script; scripts add the map, the buttons and the report-back file
(``patrol-report/1``). What it may hold is decided in three places: :mod:`patrol.maps.surroundings` (how far),
:mod:`patrol.maps.field_layers` (which columns) and :mod:`patrol.maps.field_facts` (what is told of hazards).
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from patrol import text
from patrol.hazards.actions import UNCLASSIFIED
from patrol.hazards.emergency import DOWN, is_chinas_by_default
from patrol.layers.gcj import Wgs84
from patrol.maps import assets, field_list, style
from patrol.maps.assets import Page, render_page
from patrol.maps.field_facts import Known, stop_facts
from patrol.maps.field_layers import field_frames, field_map, packed
from patrol.maps.navigation import WayThere, ways_there
from patrol.maps.packing import deflated, to_wgs84
from patrol.plan import Plan, plan_sha256, plan_tag, stop_codes
from patrol.words import LANGUAGES, keys, say

_SHARED = {
    "base.js", "slices.js", "reader.js", "unpack.js", "theme.js", "stage.js", "lines.js", "marks.js", "points.js",
    "clusters.js",
    "labels.js", "cards.js", "legend.js",
}  # fmt: skip
SCRIPTS = (
    *(name for name in assets.SCRIPTS if name in _SHARED),
    "field_state.js", "field_sha.js", "field_photos.js", "field_results.js", "field_place.js", "field_hazard.js",
    "field_send.js", "field_track.js", "field_page.js",
)  # fmt: skip
STYLES = ("page.css", "map.css", "field.css")
_MAP_WORDS = {
    "map", "layers", "zoom_in", "zoom_out", "close", "show_on_map", "yes", "section", "hazard", "equipment", "road",
    "stop", "grade", "state", "reported", "pole", "words", "kind", "arrive", "leave", "from_pole", "to_pole",
    "layer_roads", "layer_water", "layer_zones", "layer_names", "layer_equipment", "layer_hazards", "layer_routes",
    "layer_stops", "call_power", "call_fire", "legend", "ground", "water", "leg", "leg_drive", "leg_walk",
    "legend_inspect",
}  # fmt: skip
_MAP_FAMILIES = ("grade_", "state_", "kind_", "equipment_")
_GAPS = ("n", "all", "lat", "lon", "m", "file", "done", "partly", "not_done", "hazards", "photos", "codes")
CALL_FIRST, CALL_SOON = 2, 1  # before anything else is filled in; beside what is filled in


def field_pages(plan: Plan, **given: Any) -> Iterator[tuple[str, str]]:
    """Yield the name and the HTML of the page of every shift, ``<date>-<crew>.html``; see :func:`field_page`."""
    sha256 = plan_sha256(plan)
    given = {key: to_wgs84(value) if isinstance(value, gpd.GeoDataFrame) else value for key, value in given.items()}
    for shift_id, name in page_names(plan).items():
        yield name, field_page(plan, shift_id, sha256=sha256, **given)


def page_names(plan: Plan) -> dict[str, str]:
    """Return the file name of the page of every shift, by its id, in the order of the shifts."""
    names: dict[str, str] = {}
    taken: set[str] = set()
    for shift in plan.shifts:
        stem = f"{shift['date']}-{text.file_name(shift['crew_id'])}"
        name = next(
            name for n in range(1, len(plan.shifts) + 1) if (name := _numbered(stem, n)).casefold() not in taken
        )
        taken.add(name.casefold())  # ids that differ by signs or case alone are one file to some systems
        names[shift["shift_id"]] = name
    return names


def field_page(  # noqa: PLR0913 - a page shows this many layers, all by name
    plan: Plan,
    shift_id: str,
    *,
    sections: gpd.GeoDataFrame,
    roads: gpd.GeoDataFrame,
    zones: gpd.GeoDataFrame,
    places: gpd.GeoDataFrame,
    water: gpd.GeoDataFrame,
    poles: gpd.GeoDataFrame,
    hazards: gpd.GeoDataFrame,
    equipment: gpd.GeoDataFrame,
    types: pd.DataFrame,
    likely: pd.DataFrame,
    numbers: Mapping[str, str],
    people: Collection[str] = (),
    lang: str,
    sha256: str = "",
) -> str:
    """Return the page of a shift as HTML.

    Parameters
    ----------
    plan : Plan
    shift_id : str
        Of one of its shifts.
    sections, roads, zones, places, water, poles, equipment : GeoDataFrame
        As loaded (:mod:`patrol.layers.schema`), sections as in ``overview_map`` and with what is known of
        ``placement, last_patrol, line_name, line_name_zh``.
    hazards : GeoDataFrame
        All that are known, open ones with ``type_name, type_name_zh, hazard_class`` where known.
    types : DataFrame
        Hazard types of the project by code.
    likely : DataFrame
        Types to look for by section and party, :func:`patrol.risk.lookout.likely_by_party`. Empty where there is no
        picture of the risk: then the page names none.
    numbers : mapping of str to str
        ``settings.planning.emergency_numbers``.
    people : collection of str
        Names of people in the project's files: hazards whose words hold one are shown without them.
    lang : {'zh', 'en'}
        What is read first without script; with script it follows the phone.
    sha256 : str
        Of the plan, where the caller has reckoned it already.

    Every frame has its ``crs`` set (any), or is empty.

    Raises
    ------
    KeyError
        If the plan has no such shift.
    ValueError
        If a frame with rows has no CRS.
    """
    shift = next((one for one in plan.shifts if one["shift_id"] == shift_id), None)
    if shift is None:
        raise KeyError(shift_id)
    alone = Plan({**plan.document, "shifts": [shift]})
    codes = {at: code for (of, at), code in stop_codes(plan).items() if of == shift_id}
    frames = field_frames(
        alone, codes, sections=sections, roads=roads, zones=zones, places=places, water=water, poles=poles,
        hazards=hazards, equipment=equipment, names=people,
    )  # fmt: skip
    facts = stop_facts(
        alone, shift, sections=sections, hazards=hazards, types=types, likely=likely, names=people
    )  # fmt: skip
    synthetic = bool(plan.document["project"]["synthetic"])
    titles = {code: field_list.page_title(shift, code, synthetic=synthetic) for code in LANGUAGES}
    sha256 = sha256 or plan_sha256(plan)
    tag = plan_tag(plan, sha256)
    before = (
        field_list.header(shift, tag=tag, synthetic=synthetic)
        + f'<p class="no-map-note" role="status">{field_list.two("no_map")}</p>\n'
        + '<main id="stops" tabindex="-1">\n'
        + field_list.emergency(numbers, _urgent(frames["hazards"]), chinas_by_default=_chinas(plan, numbers))
        + field_list.stop_list(plan, shift, codes, facts, _ways(shift, codes), _zone_names(zones))
        + '<section id="mine" hidden></section>\n'
        + field_list.reply_help(tag, list(codes.values()))
        + '<section id="track" hidden></section>\n'
        + field_list.notes(plan)
        + "</main>\n"
    )
    page = Page(
        title=titles[lang],
        lang=lang,
        before=before,
        after=style.field_legend(name for name, frame in frames.items() if len(frame)),
        style=style.css(),
        words={code: {**words, "page_title": titles[code]} for code, words in page_words().items()},
        blocks={**packed(frames), "shift": deflated(_shift_json(plan, sha256, shift, codes, types, numbers))},
        scripts=SCRIPTS,
        styles=STYLES,
    )
    return render_page(field_map(page, frames))


@lru_cache(maxsize=1)
def page_words() -> dict[str, dict[str, str]]:
    """Return the words that the scripts of a field page use; ``{n}`` and the like stay for them to fill in."""
    gaps = {name: f"{{{name}}}" for name in _GAPS}
    out = {}
    for lang in LANGUAGES:
        words = {}
        for key in sorted(keys(lang)):
            table, _, name = key.rpartition(".")
            if table == "fieldpage.js" or (table == "maps" and (name in _MAP_WORDS or name.startswith(_MAP_FAMILIES))):
                words[name] = say(key, lang, **gaps)
        out[lang] = words
    return out


def _shift_json(
    plan: Plan,
    sha256: str,
    shift: Mapping[str, Any],
    codes: Mapping[int, int],
    types: pd.DataFrame,
    numbers: Mapping[str, str],
) -> bytes:
    """Return what the scripts must know of the shift; it is shown as text only."""
    stops = []
    for at, code in codes.items():
        stop = shift["route"][at]
        task = plan.tasks.get(stop["task_id"], {})
        place = stop if stop["kind"] == "section" else {**stop, **{k: task[k] for k in ("lon", "lat") if k in task}}
        poles = [text.clean(task.get(key)) for key in ("first_pole", "last_pole")]
        stops.append({
            "code": code, "task_id": stop["task_id"], "kind": task.get("kind", stop["kind"]),
            "lon": round(place["lon"], 6), "lat": round(place["lat"], 6), "label": text.clean(task.get("label")),
            "label_zh": text.clean(task.get("label_zh")), "poles": poles[:: -1 if stop["direction"] < 0 else 1],
            "type": text.clean(task.get("hazard_type")),
        })  # fmt: skip
    head = {"plan_sha256": sha256, **{key: shift[key] for key in ("crew_id", "party", "date")}}
    shown = {**head, "stops": stops, "types": _types(types), "numbers": _numbers(numbers)}
    return json.dumps(shown, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode("utf-8", "replace")


def _types(types: pd.DataFrame) -> list[list[Any]]:
    """Return the hazard types for the picker: code, names, category, and how urgently to call."""
    rows = []
    for code, row in types.iterrows():
        if code == UNCLASSIFIED:
            continue
        grave = row["default_class"] == "emergency"
        first = code in DOWN or (grave and row["category"] == "fire")
        call = CALL_FIRST if first else CALL_SOON if grave else 0
        rows.append([str(code), text.clean(row["name_zh"]), text.clean(row["name_en"]), str(row["category"]), call])
    return rows


def _numbers(numbers: Mapping[str, str]) -> list[list[str]]:
    """Return name, number and what to dial."""
    return [
        [text.clean(name), text.clean(number), re.sub(r"[^\d+*]", "", text.clean(number))]
        for name, number in numbers.items()
    ]


def _zone_names(zones: gpd.GeoDataFrame) -> dict[str, dict[Any, Any]]:
    """Return the names of zones by id: who comes to help is told where from, wherever that is."""
    rows = pd.DataFrame(zones).reindex(columns=["zone_id", "name", "name_zh"]).to_dict("records")
    return {str(row["zone_id"]): row for row in rows}


def _ways(shift: Mapping[str, Any], codes: Mapping[int, int]) -> dict[int, tuple[WayThere, ...]]:
    stops = [shift["route"][at] for at in codes]
    points = Wgs84(np.array([stop["lon"] for stop in stops]), np.array([stop["lat"] for stop in stops]))
    links = ways_there(points, list(codes.values()), mode=shift["mode"]) if stops else []
    return dict(zip(codes, links, strict=True))


def _urgent(hazards: gpd.GeoDataFrame) -> Sequence[Known]:
    """Return the emergencies that are open near the way."""
    if hazards.empty:
        return ()
    rows = hazards[hazards["grade"] == "emergency"].to_dict("records")
    return [
        Known(
            "", text.clean(row["type"]), text.clean(row["type_zh"]), "", text.clean(row.get("state")),
            str(row["reported"])[:10] if row.get("reported") is not None else "", text.clean(row.get("pole_no")),
            row["description"],
        )
        for row in rows
    ]  # fmt: skip


def _chinas(plan: Plan, numbers: Mapping[str, str]) -> bool:
    return is_chinas_by_default(numbers, plan.document["project"]["timezone"])


def _numbered(stem: str, number: int) -> str:
    return f"{stem}.html" if number == 1 else f"{stem}-{number}.html"
