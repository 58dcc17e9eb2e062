"""How things look: colours as CSS variables for light, dark and paper, line styles, symbols, the legend.

The class of a section (``risk_class``) is that of the value of a patrol, not of the chance of a fault; it is told
by colour, by width and by words. The scale runs from light grey to dark purple on light ground and from dark to
light on dark ground, so that it also reads in grey, on a bad printer, and for people who do not see red and green
apart; ``tests/maps/test_style.py`` checks neighbouring classes under simulated colour
blindness. Routes take cold hues, which the scale leaves free.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from patrol.hazards.taxonomy import CLASSES

RISK_CLASSES = 5
GRADES = tuple(reversed(CLASSES))  # what is drawn above all else comes last

LIGHT = {
    "paper": "#ffffff", "ink": "#1b2430", "soft": "#566273", "line": "#d5dbe2", "edge": "#7f8b99", "bar": "#f1f4f7",
    "focus": "#0b57d0", "warn-paper": "#fff3d6", "warn-ink": "#7a2e00", "ground": "#f3f1ea", "label": "#3b4552",
    "zone": "#7a4b8f", "water": "#9cc3dd", "road-major": "#d9b779", "road-medium": "#c9c3b4", "road-minor": "#c9c3b4",
    "road-casing": "#a99f86", "many": "#3b4552", "on-route": "#ffffff", "on-grade": "#ffffff",
    "risk-1": "#bcc4cc", "risk-2": "#d8a92f", "risk-3": "#d5601a", "risk-4": "#a81c2f", "risk-5": "#480844",
    "cover-0": "#bcc4cc", "cover-1": "#7db7c9", "cover-2": "#1c7f93", "cover-3": "#0b4a63", "cover-4": "#d5601a",
    "cover-5": "#8f0d3d", "load-1": "#fbe3b0", "load-2": "#f0a86b", "load-3": "#c9543f",
    "risk-0": "#8b97a5", "grade-general": "#6b5a00", "grade-serious": "#b34700", "grade-emergency": "#b00020",
}  # fmt: skip
DARK = {
    "paper": "#161b22", "ink": "#e6ebf1", "soft": "#a3afbd", "line": "#313a45", "edge": "#66727f", "bar": "#1e252e",
    "focus": "#8ab8ff", "warn-paper": "#3a2c0c", "warn-ink": "#ffcf7a", "ground": "#10151b", "label": "#c2ccd7",
    "zone": "#c79be0", "water": "#28506b", "road-major": "#6b5a34", "road-medium": "#434c57", "road-minor": "#3a434e",
    "road-casing": "#10151b", "many": "#c2ccd7", "on-route": "#10151b", "on-grade": "#10151b",
    "risk-1": "#4a5663", "risk-2": "#85661c", "risk-3": "#d9751e", "risk-4": "#ff9c90", "risk-5": "#ffe6f6",
    "cover-0": "#4a5663", "cover-1": "#2f6474", "cover-2": "#3fa9bf", "cover-3": "#a5e4f2", "cover-4": "#e58a3c",
    "cover-5": "#ff9fb4", "load-1": "#3b3220", "load-2": "#5e3d22", "load-3": "#7d3026",
    "risk-0": "#66727f", "grade-general": "#d8c25a", "grade-serious": "#ff9d57", "grade-emergency": "#ff8a8a",
}  # fmt: skip
# Routes: hues from green to magenta, alternately dark and light so that neighbours differ in grey too
ROUTES_LIGHT = (
    "#0b57d0", "#00695c", "#7b1fa2", "#006494", "#2e5c1f", "#4338a8", "#00798c", "#9c1c7a", "#1b3a57", "#3f6b00",
    "#5b4bb5", "#37474f",
)  # fmt: skip
ROUTES_DARK = (
    "#7fb2ff", "#4fd1bd", "#d49bf2", "#63c5f5", "#97d67f", "#aaa2ff", "#5fdcee", "#f49ad9", "#a9c7e8", "#bfe36b",
    "#c3b8ff", "#b8c7d1",
)  # fmt: skip

# How due and plan stand to each other on a section, the worse the higher
COVER = ("later", "early", "planned", "caught_up", "due_left", "overdue_left")
COVER_WIDTHS = (4.0, 4.5, 5.5, 6.5, 7.0, 8.5)
RISK_WIDTHS = (4.5, 5.5, 6.5, 7.5, 8.5)
ROAD_GROUPS = {
    "motorway": 0, "trunk": 0, "primary": 0, "secondary": 1, "tertiary": 1, "unclassified": 2, "residential": 2,
    "living_street": 2, "service": 2, "other": 2,
}  # fmt: skip
ROAD_PATH = 3
PLACE_KINDS = {"city": 0, "town": 0, "village": 2}
PLACE_ZONE, PLACE_SMALL = 1, 3
EQUIPMENT_ORDER = ("transformer", "switch", "tie", "recloser", "breaker", "substation")

_BY_RISK = [
    {"colour": f"risk-{number}", "width": width}
    for number, width in zip((0, 1, 2, 3, 4, 5), (4.0, *RISK_WIDTHS), strict=True)
]
# Ways to colour the sections: word, column, styles
COLOURINGS: Mapping[str, dict[str, Any]] = {
    "value": {"by": "style", "styles": _BY_RISK},
    "risk_now": {"by": "risk_now", "styles": _BY_RISK},
    "cover": {"by": "cover", "styles": [
        {"colour": f"cover-{number}", "width": width} for number, width in enumerate(COVER_WIDTHS)
    ]},
    "load": {"by": "style", "styles": [{"colour": "soft", "width": 2.0}] * 6},
}  # fmt: skip

# Load of a zone: hours needed in percent of the hours there, from which a class begins; class 0 is not known
LOADS = (0, 100, 150)
LOAD_STYLES = [
    {"colour": "zone", "width": 1.5, "dash": [8, 5]},
    *({"colour": "zone", "width": 1.5, "dash": [8, 5], "fill": f"load-{number}"} for number in (1, 2, 3)),
]
POLE_STYLES = [{"shape": "circle", "size": 2.2, "colour": "soft", "minZoom": 16}]

LINE_STYLES: Mapping[str, list[dict[str, Any]]] = {
    "roads": [
        {"colour": "road-major", "width": 3.5, "casing": "road-casing"},
        {"colour": "road-medium", "width": 2.5, "minZoom": 10},
        {"colour": "road-minor", "width": 1.5, "minZoom": 12},
        {"colour": "road-minor", "width": 1, "dash": [4, 3], "minZoom": 13},
    ],
    "water": [{"colour": "water", "width": 2.5}],
    "zones": [{"colour": "zone", "width": 1.5, "dash": [8, 5]}],
    "sections": _BY_RISK,
    "routes": [
        style
        for number in range(len(ROUTES_LIGHT))
        for style in (
            {"colour": f"route-{number}", "width": 2, "arrows": True},
            {"colour": f"route-{number}", "width": 2, "dash": [5, 5], "arrows": True},
            {"colour": f"route-{number}", "width": 2.5, "arrows": True},
            {"colour": f"route-{number}", "width": 2.5},
        )
    ],
}
ROUTE_KINDS = {"drive": 0, "walk": 1, "inspect": 2, "both_ways": 3}
MARK_STYLES = [
    {"shape": "triangle", "size": 4, "colour": "soft", "minZoom": 13},
    {"shape": "diamond", "size": 4.5, "colour": "ink", "hollow": 1, "minZoom": 12},
    {"shape": "circle", "size": 5, "colour": "ink", "hollow": 1, "minZoom": 11},
    {"shape": "diamond", "size": 5, "colour": "ink", "minZoom": 12},
    {"shape": "circle", "size": 4.5, "colour": "ink", "minZoom": 12},
    {"shape": "square", "size": 7, "colour": "ink"},
]
LABEL_STYLES = [
    {"kind": "town", "minZoom": 8},
    {"kind": "zone", "minZoom": 11},
    {"kind": "village", "minZoom": 12},
    {"kind": "village", "minZoom": 14},
]
_SIGNS = {"transformer": "▲", "switch": "◇", "tie": "○", "recloser": "◆", "breaker": "●", "substation": "■"}


def route_styles(colour: int, kind: str) -> int:
    """Return the number of a route's line style: colour (any whole number) and ``ROUTE_KINDS``."""
    return (colour % len(ROUTES_LIGHT)) * len(ROUTE_KINDS) + ROUTE_KINDS[kind]


def css() -> str:
    """Return the CSS variables of both themes and the classes that use them; paper is always light."""
    light = _variables(LIGHT, ROUTES_LIGHT)
    dark = _variables(DARK, ROUTES_DARK)
    names = [*(f"risk-{n}" for n in range(RISK_CLASSES + 1)), *(f"route-{n}" for n in range(len(ROUTES_LIGHT)))]
    names += [f"cover-{n}" for n in range(len(COVER))] + [f"load-{n}" for n in (1, 2, 3)]
    names += [f"grade-{grade}" for grade in GRADES] + ["zone", "water", "road-major", "road-medium", "soft", "ink"]
    classes = "\n".join(f".{name} {{ --c: var(--{name}); }}" for name in names)
    widths = "\n".join(f".risk-{n} {{ --w: {width}px; }}" for n, width in enumerate(RISK_WIDTHS, start=1))
    return (
        f":root {{ color-scheme: light dark; {light} }}\n"
        f"@media screen and (prefers-color-scheme: dark) {{\n:root {{ {dark} }}\n"
        ".leaflet-control-layers-toggle { filter: invert(1) brightness(1.6); }\n}\n"
        f"{classes}\n{widths}\n"
    )


def legend() -> str:
    """Return the legend as HTML: keys of words only, filled in by language."""
    risk = "".join(_row(f"key risk-{n}", f"risk_{n}") for n in range(RISK_CLASSES, 0, -1))
    cover = "".join(_row(f"key cover-{n}", f"cover_{n}") for n in reversed(range(len(COVER))))
    load = "".join(_row(f"key blob load-{n}", f"load_{n}") for n in (3, 2, 1))
    coloured = "".join(
        f'<div class="legend-rows" data-colouring="{names}" hidden>{rows}</div>'
        for names, rows in (("value risk_now", risk), ("cover", cover), ("load", load))
    )
    parts = [
        _part("layer_hazards", _hazard_rows()),
        _part("layer_routes", _route_rows()),
        _part("layer_equipment", _equipment_rows()),
        _part("ground", *(_ground_rows()[name] for name in ("zones", "roads", "water"))),
    ]
    return _folded(*parts, before=f'<p class="head" id="colouring-name"></p>{coloured}')


def field_legend(layers: Iterable[str]) -> str:
    """Return the legend of a field page as HTML, of those of its layers that are there; words as in :func:`legend`."""
    there, ground = set(layers), _ground_rows()
    parts = {
        "routes": _part("leg", _route_rows()),
        "stops": _part(
            "layer_stops",
            _row("dot stop is-start route-0", "legend_start"),
            _row("dot stop route-0", "legend_stop", "7"),
            _row("dot stop route-0", "legend_run", "7–9"),
        ),
        "hazards": _part("layer_hazards", _hazard_rows()),
        "lines": _part(
            "layer_lines",
            _row("key risk-0", "legend_overhead"),
            _row("key dash risk-0", "legend_underground"),
            _row("key shape soft", "layer_poles", "•") if "poles" in there else "",
        ),
        "equipment": _part("layer_equipment", _equipment_rows()),
    }
    base = [ground[name] for name in ground if name in there]
    return _folded(*(part for name, part in parts.items() if name in there), _part("ground", *base) if base else "")


def _folded(*parts: str, before: str = "") -> str:
    rows = f'{before}<div class="legend-rows">{"".join(parts)}</div>'
    return f'<details id="legend" hidden><summary><span data-say="legend"></span></summary>{rows}</details>'


def _part(word: str, *rows: str) -> str:
    return f'<p class="head" data-say="{word}"></p>{"".join(rows)}'


def _hazard_rows() -> str:
    return "".join(_row(f"key blob grade-{grade}", f"grade_{grade}") for grade in reversed(GRADES))


def _route_rows() -> str:
    drive, walk = _row("key route-0", "leg_drive"), _row("key dash route-0", "leg_walk")
    return drive + walk + _row("key thick route-0", "legend_inspect")


def _equipment_rows() -> str:
    return "".join(_row("key shape ink", f"equipment_{kind}", sign) for kind, sign in reversed(_SIGNS.items()))


def _ground_rows() -> dict[str, str]:
    return {
        "zones": _row("key dash zone", "layer_zones"),
        "roads": _row("key road-major", "layer_roads"),
        "water": _row("key water", "water"),
    }


def _row(classes: str, word: str, sign: str = "") -> str:
    return f'<span class="{classes}" aria-hidden="true">{sign}</span><span data-say="{word}"></span>'


def _variables(colours: Mapping[str, str], routes: tuple[str, ...]) -> str:
    named = {**colours, **{f"route-{number}": value for number, value in enumerate(routes)}}
    return " ".join(f"--{name}: {value};" for name, value in named.items())
