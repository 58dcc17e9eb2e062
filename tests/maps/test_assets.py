"""The page builder: everything inside, nothing asked for outside, nothing runs that was not written here."""

import base64
import hashlib
import html
import re
import zlib
from dataclasses import replace

import folium
import folium.plugins
import pytest

from patrol.maps.assets import (
    SCRIPTS,
    STYLES,
    WORKER_WORTH,
    Page,
    leaflet_css,
    leaflet_js,
    offline_map,
    own_file,
    render_page,
)

PAGE = Page(title="T", lang="zh", words={"zh": {"a": "甲"}, "en": {"a": "a"}})


def render(*elements, page=PAGE):
    base = offline_map(page, location=[38.9, 106.5])
    for element in elements:
        element.add_to(base)
    return render_page(base)


def code_of(page, name):
    pieces = re.findall(rf'<script type="text/plain" data-of="code-{name}">([^<]*)</script>', page)
    return zlib.decompress(base64.b64decode("".join(pieces))).decode()


def hash_of(code):
    return "'sha256-" + base64.b64encode(hashlib.sha256(code.encode()).digest()).decode() + "'"


def test_the_fixed_part_of_a_page_is_under_180_kb(empty_world):
    assert len(empty_world.page().encode()) <= 180_000


def test_pages_ask_for_nothing(world):
    page = world.page()
    for tag in re.findall(r"<[a-zA-Z][^>]*>", page):
        assert not re.search(r"\b(src|srcset|action|data|poster|style|on\w+)\s*=", tag), tag
        assert 'href="' not in tag or 'href="#' in tag, tag
    for name in ("style", "patrol", "map"):
        assert not re.search(r"\burl\((?!data:|#|none)|@import", code_of(page, name))
    assert "sourceMappingURL" not in code_of(page, "leaflet")
    assert "http" not in code_of(page, "map")


def test_the_policy_admits_the_code_by_hash_and_nothing_else():
    page = render()
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', page).group(1)
    rules = dict(part.split(" ", 1) for part in policy.split("; "))
    boot = re.findall(r"<script>(.*?)</script>", page, flags=re.DOTALL)
    style = re.findall(r"<style>(.*?)</style>", page, flags=re.DOTALL)
    assert len(boot) == len(style) == 1
    styles = [style[0], code_of(page, "style")]
    scripts = [boot[0], *(code_of(page, name) for name in ("leaflet", "patrol", "map"))]
    assert rules == {
        "default-src": "'none'", "img-src": "data:", "base-uri": "'none'", "form-action": "'none'",
        "script-src": " ".join(map(hash_of, scripts)), "style-src": " ".join(map(hash_of, styles)),
    }  # fmt: skip


def test_tiles_are_let_in_from_their_host_alone_and_only_if_somebody_asked():
    asked = replace(PAGE, tiles="https://tiles.example:8443/{z}/{x}/{y}.png?a=1&b=2", credit='A & "B" <i>')
    page = render(page=asked)
    assert "; img-src data: https://tiles.example:8443;" in page
    told = dict(re.findall(r'(data-tiles[a-z-]*)="([^"]*)"', page))
    assert {name: html.unescape(value) for name, value in told.items()} == {
        "data-tiles": asked.tiles, "data-tiles-credit": asked.credit,
    }  # fmt: skip
    assert "<" not in told["data-tiles-credit"]
    plain = render()
    assert "; img-src data:;" in plain
    assert "data-tiles" not in plain.split("<body>")[0]


def test_only_a_page_with_much_to_read_may_start_a_worker():
    little, much = (replace(PAGE, blocks={"one": "A" * count}) for count in (WORKER_WORTH - 1, WORKER_WORTH))
    assert "worker" not in render(page=little).split("<body>")[0]
    assert "; worker-src blob:;" in (page := render(page=much))
    assert 'data-worker="yes"' in page


def test_what_folium_asks_for_by_habit_is_gone():
    page = render()
    everything = page + "".join(code_of(page, name) for name in ("style", "leaflet", "patrol", "map"))
    for word in ("jquery", "bootstrap", "glyphicon", "font-awesome", "AwesomeMarkers", "user-scalable"):
        assert word.lower() not in everything.lower()


@pytest.mark.parametrize("element", [
    folium.TileLayer("https://tiles.example/{z}/{x}/{y}.png", attr="x"),
    folium.Marker([1, 2]),
    folium.Marker([1, 2], icon=folium.Icon(color="red")),
    folium.plugins.MarkerCluster(),
    folium.plugins.LocateControl(),
    folium.Marker([1, 2], icon=folium.DivIcon(html='<img src="x.png">')),
    folium.Marker([1, 2], icon=folium.CustomIcon("https://icons.example/a.png")),
], ids=["tiles", "default icon", "icon font", "cluster", "locate", "picture", "icon address"])  # fmt: skip
def test_an_element_that_wants_what_the_page_has_not_is_refused(element):
    with pytest.raises(ValueError, match=r"page does not have|outside the page"):
        render(element)


def test_plain_folium_elements_work():
    page = render(folium.PolyLine([[1, 2], [3, 4]]), folium.CircleMarker([1, 2]), folium.LayerControl())
    assert "L.polyline" in code_of(page, "map")


def test_rendering_is_repeatable():
    base = offline_map(PAGE, location=[38.9, 106.5])
    folium.PolyLine([[1, 2], [3, 4]]).add_to(base)
    assert render_page(base) == render_page(base)
    assert not re.search(r"[0-9a-f]{32}", code_of(render_page(base), "map"))


def test_no_template_ever_sees_the_text_of_a_page():
    hostile = "{{ cycler.__init__.__globals__ }} {% for %} {# </title><script>x</script>"
    page = render(page=Page(title=hostile, lang="en", before="{{ 1 + 1 }}", after="{% endraw %}"))
    assert "{{ 1 + 1 }}" in page
    assert "{% endraw %}" in page
    assert "<script>x" not in page
    assert "&#123;&#123; cycler" in page


def test_an_unknown_language_is_refused():
    with pytest.raises(ValueError, match="no such language: fr"):
        offline_map(Page(title="", lang="fr"))


def test_leaflet_comes_whole_with_its_licence():
    assert "Vladimir Agafonkin" in leaflet_js()[:200]
    assert "data:image/png;base64," in leaflet_css()
    assert all(own_file(name) for name in (*SCRIPTS, *STYLES, "boot.js"))
