"""A folium page that needs nothing from anywhere: the figure that replaces folium's CDN links.

``folium.Map`` asks for ten files of five hosts; without a signal the page stays blank. Here Leaflet comes
from the package XStatic-Leaflet, deflated into the page together with our own scripts and the script
that folium writes. ``assets/boot.js`` inflates them and adds them as inline ``<script>`` elements, each of
which must have its SHA-256 in the page's Content-Security-Policy: no ``eval``, no network, and nothing that
somebody wrote into a report can run. (Tried in Chromium from ``file://``: inline scripts added by a script are
matched against the hashes, everything else is refused.) Two things may be let in: a Worker made of the page's own
text, by a page that has much to read, and pictures of one host, where somebody has set raster tiles.

Text of users never comes near Jinja: what a page holds besides the map is given as finished HTML in
:class:`Page` and put in after folium has rendered.
"""

from __future__ import annotations

import base64
import hashlib
import importlib.util
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import folium
from branca.element import CssLink, Element, Figure, JavascriptLink
from folium.map import Layer
from folium.template import Template

from patrol import text
from patrol.maps.packing import deflated
from patrol.words import LANGUAGES

HTML_LANG = {"zh": "zh-CN", "en": "en"}
PROVIDED = {"leaflet", "leaflet_css"}
UNUSED = {
    "jquery", "bootstrap", "awesome_markers", "bootstrap_css", "glyphicons_css", "awesome_markers_font_css",
    "awesome_markers_css", "awesome_rotate_css",
}  # fmt: skip
SCRIPTS = (
    "base.js", "slices.js", "reader.js", "unpack.js", "theme.js", "stage.js", "lines.js", "marks.js", "points.js",
    "clusters.js", "labels.js", "cards.js", "legend.js",
    "filters.js", "search.js", "page.js",
)  # fmt: skip
WORKER_WORTH = 400_000  # characters of packed data: less is read sooner than a Worker starts
PIECE = 2**17  # characters of base64 in one element: the browser's parser keeps twice its longest text for good
STYLES = ("page.css", "map.css")
_ADDRESS = re.compile(r"https?://|(?:src|href)\s*=|@import|url\(", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Page:
    """What stands in a page beside the map: finished HTML, all field text in it made safe by ``text.html``.

    Attributes
    ----------
    title : str
        Plain text of the title bar, made safe here.
    lang : {'zh', 'en'}
        Language of the page as it reads without script.
    before, after : str
        HTML before and after the map.
    style : str
        CSS besides the project's own, such as the colours of :mod:`patrol.maps.style`.
    words : mapping
        Words a language, for the scripts.
    tiles, credit : str
        Address of raster tiles, for those who want them (``settings.maps``), and whose they are; both empty by default.
    blocks : mapping
        Packed data by name (see :mod:`patrol.maps.packing`).
    scripts, styles : tuple of str
        Files under ``assets`` that this page is made of, in this order.
    """

    title: str
    lang: str
    before: str = ""
    after: str = ""
    style: str = ""
    words: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    tiles: str = ""
    credit: str = ""
    blocks: Mapping[str, str] = field(default_factory=dict)
    scripts: tuple[str, ...] = SCRIPTS
    styles: tuple[str, ...] = STYLES


class OfflineFigure(Figure):
    """A branca figure whose page holds everything it needs.

    Raises
    ------
    ValueError
        On rendering, if an element asks for a file that the page does not have: any script or style
        besides Leaflet's, raster tiles, an icon of a font.
    """

    def __init__(self, page: Page) -> None:
        super().__init__()
        if page.lang not in LANGUAGES:
            raise ValueError(f"no such language: {page.lang}")
        self.page = page

    def render(self, **kwargs: Any) -> str:
        """Return the whole page, the same bytes for the same content."""
        _number(self)
        for child in list(self._children.values()):
            child.render(**kwargs)
        _refuse_missing(self)
        head = _inner(self.header.render(**kwargs), "style")
        body = self.html.render(**kwargs).strip()
        script = "\n".join(line.rstrip() for line in self.script.render(**kwargs).splitlines() if line.strip())
        maps = [child for child in self._children.values() if isinstance(child, folium.Map)]
        script += "".join(f"\nPatrol.start({child.get_name()});" for child in maps)
        for part in (head, body, script):
            if found := _ADDRESS.search(part):
                start = max(0, found.start() - 60)
                raise ValueError(f"an element wants something from outside the page: {part[start : found.end() + 60]}")
        return _assemble(self.page, head, body, script)


def offline_map(page: Page, **options: Any) -> folium.Map:
    """Return an empty ``folium.Map`` in a page of its own: no tiles, nothing from the network.

    ``options`` go to ``folium.Map``; ``render_page`` gives the HTML.
    """
    figure = OfflineFigure(page)
    base = folium.Map(tiles=None, control_scale=False, **options)
    figure.add_child(base)
    return base


def render_page(base: folium.Map) -> str:
    """Return the HTML of a map made by :func:`offline_map`."""
    page: str = base.get_root().render()
    return page


class Packed(Layer):
    """A folium layer whose data lie packed in a block of the page and are drawn by our own scripts.

    Parameters
    ----------
    kind : str
        Class in ``assets/*.js``: ``Lines, Areas, Marks, Clusters, Labels``.
    block : str
        Name of the block (``Page.blocks``).
    word : str
        Key of the layer's name in the words; the layer control follows a change of language.
    options : mapping
        For the script. Our own constants only, never field text.
    """

    _template = Template("""
        {% macro script(this, kwargs) %}
            var {{ this.get_name() }} = Patrol.layer({{ this.kind|tojson }}, {{ this.block|tojson }},
                {{ this.settings|tojson }});
        {% endmacro %}
        """)

    def __init__(
        self, kind: str, block: str, word: str, options: Mapping[str, Any], *, show: bool = True, control: bool = True
    ) -> None:
        super().__init__(name=f'<span data-say="{word}"></span>', overlay=True, control=control, show=show)
        self._name = "Packed"
        self.kind = kind
        self.block = block
        self.settings = dict(options)


def leaflet_file(name: str) -> Path:
    """Return the path of a file of Leaflet, without running any code of the package it lies in.

    Raises
    ------
    ModuleNotFoundError
        If XStatic-Leaflet is not installed.
    """
    spec = importlib.util.find_spec("xstatic")
    for place in spec.submodule_search_locations or [] if spec else []:
        path = Path(place) / "pkg" / "leaflet" / "data" / name
        if path.is_file():
            return path
    raise ModuleNotFoundError(f"{name} of XStatic-Leaflet is not installed: pip install XStatic-Leaflet")


def own_file(name: str) -> str:
    """Return the text of one of our own scripts or styles."""
    return (files("patrol.maps") / "assets" / name).read_text("utf-8")


def leaflet_css() -> str:
    """Return Leaflet's CSS with its pictures inside; rules for pictures the page has no use for go."""
    css = leaflet_file("leaflet.css").read_text("utf-8")

    def picture(found: re.Match[str]) -> str:
        name = found.group(1)
        if name.startswith("#") or "marker-icon" in name:
            return "none"
        data = base64.b64encode(leaflet_file(name).read_bytes()).decode("ascii")
        return f"url(data:image/png;base64,{data})"

    return re.sub(r"url\(([^)]+)\)", picture, css)


def leaflet_js() -> str:
    """Return Leaflet's script with its licence line and without the link to its source map."""
    return re.sub(r"//# sourceMappingURL=\S*", "", leaflet_file("leaflet.js").read_text("utf-8")).strip()


def _number(root: Element) -> None:
    """Give elements numbers for ids, where branca gives them random ones: equal maps are equal bytes."""

    def walk(element: Element) -> Iterator[Element]:
        yield element
        for name, child in element._children.items():
            if not name.endswith("_add"):  # what folium adds while rendering: a second time must number alike
                yield from walk(child)

    for number, element in enumerate(walk(root)):
        element._id = f"{number:03d}"


def _refuse_missing(figure: Figure) -> None:
    """Raise for what would need a file; what folium asks for by habit and nothing uses is dropped."""
    missing = [
        f"{name} ({element.url})"
        for name, element in figure.header._children.items()
        if isinstance(element, (JavascriptLink, CssLink)) and name not in PROVIDED | UNUSED
    ]
    stack = list(figure._children.values())
    while stack:
        element = stack.pop()
        if isinstance(element, (folium.TileLayer, folium.Icon)):
            missing.append(element.get_name())
        elif type(element) is folium.Marker and element.icon is None:
            missing.append(f"the default icon of {element.get_name()}")
        stack += element._children.values()
    if missing:
        raise ValueError("the page does not have: " + ", ".join(sorted(missing)))
    for name, element in list(figure.header._children.items()):
        if isinstance(element, (JavascriptLink, CssLink)):
            del figure.header._children[name]


def _inner(markup: str, tag: str) -> str:
    return "\n".join(part.strip() for part in re.findall(rf"<{tag}[^>]*>(.*?)</{tag}>", markup, flags=re.DOTALL))


def _hash(code: str) -> str:
    return "'sha256-" + base64.b64encode(hashlib.sha256(code.encode()).digest()).decode("ascii") + "'"


def _host(tiles: str) -> str:
    parts = urlsplit(tiles)
    return f"{parts.scheme}://{parts.netloc}"


def _tiles(page: Page) -> str:
    """Return the attributes by which ``page.js`` knows of raster tiles; none where nobody asked for them."""
    return f' data-tiles="{text.html(page.tiles)}" data-tiles-credit="{text.html(page.credit)}"' if page.tiles else ""


def _assemble(page: Page, folium_css: str, body: str, script: str) -> str:
    """Put the page together; nothing after this looks at it as a template."""
    own = "\n".join(own_file(name) for name in page.scripts)
    boot = own_file("boot.js")
    style = "\n".join([*(own_file(name) for name in page.styles), page.style])
    late_style = leaflet_css() + "\n" + folium_css
    code = {"style": late_style, "leaflet": leaflet_js(), "patrol": own, "map": script}
    worker = sum(len(data) for data in page.blocks.values()) >= WORKER_WORTH
    policy = "; ".join([
        "default-src 'none'",
        "script-src " + " ".join(_hash(part) for part in (boot, code["leaflet"], own, script)),
        "style-src " + " ".join(_hash(part) for part in (style, late_style)),
        "img-src data:" + (f" {_host(page.tiles)}" if page.tiles else ""),
        *(["worker-src blob:"] if worker else []),  # of the page's own text, see assets/reader.js
        "base-uri 'none'",
        "form-action 'none'",
    ])  # fmt: skip
    blocks = {f"code-{name}": deflated(part.encode()) for name, part in code.items()}
    blocks |= {f"data-{name}": data for name, data in page.blocks.items()}
    stored = "\n".join(
        f'<script type="text/plain" data-of="{name}">{data[at : at + PIECE]}</script>'
        for name, data in blocks.items()
        for at in range(0, len(data), PIECE)
    )
    words = text.json_in_page(page.words)
    return f"""<!DOCTYPE html>
<html lang="{HTML_LANG[page.lang]}" data-lang="{page.lang}"{' data-worker="yes"' if worker else ""}{_tiles(page)}>
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{text.html(page.title)}</title>
<style>{style}</style>
</head>
<body>
{page.before}
{body}
{page.after}
<script type="application/json" id="words">{words}</script>
{stored}
<script>{boot}</script>
</body>
</html>
"""
