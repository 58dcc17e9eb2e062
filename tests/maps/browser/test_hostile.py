"""What people write into reports is shown as text, in every field of every layer, and never runs."""

import json
import re

import pandas as pd
import pytest

from hostile import HOSTILE
from patrol import text
from patrol.plan import Plan

pytestmark = pytest.mark.browser
TITLE = "{{ 7 * 7 }}<script>window.pwned=1</script>"


def hostile_texts(count, start):
    return pd.Series([HOSTILE[(start + i) % len(HOSTILE)] for i in range(count)], dtype=object)


@pytest.fixture(scope="module")
def hostile(world, tmp_path_factory):
    """A world in which every text that anybody can write is hostile: (world, file)."""
    frames = {}
    for start, (name, frame) in enumerate(world.frames.items()):
        texts = [c for c in frame.select_dtypes(["object", "string"]) if c not in {"section_id", "state"}]
        frames[name] = frame.assign(**{c: hostile_texts(len(frame), 3 * start + i) for i, c in enumerate(texts)})
    document = json.loads(json.dumps(world.plan.document))
    for i, task in enumerate(document["tasks"].values()):
        for j, key in enumerate(("label", "label_zh", "zone_id", "first_pole", "last_pole", "due")):
            task[key] = HOSTILE[(i + 5 * j) % len(HOSTILE)]
    for i, shift in enumerate(document["shifts"]):
        for j, key in enumerate(("name", "name_zh", "crew_id", "profile")):
            shift[key] = f"{HOSTILE[(i + 7 * j) % len(HOSTILE)]}"
    for i, item in enumerate(document["dropped"]):
        item["reason"] = HOSTILE[i % len(HOSTILE)]
    document["project"].update(name=TITLE, name_zh=HOSTILE[12] + HOSTILE[10])
    document["notes"] = [{"code": f"x{i}", "text": value} for i, value in enumerate(HOSTILE)]
    document["notes"] += [
        {"code": "call_now", "label": value, "label_zh": value, "numbers": {value: value}} for value in HOSTILE
    ]
    bad = type(world)(Plan(document), frames)
    path = tmp_path_factory.mktemp("hostile") / "index.html"
    path.write_text(bad.page("en"), "utf-8")
    return bad, path


def test_hostile_text_is_text(open_page, hostile):
    world, file = hostile
    with open_page(file, "desk", locale="en-US") as (page, seen):
        got = page.evaluate("""() => {
            const out = {};
            for (const [name, layer] of Object.entries(Patrol.layers)) {
                const table = layer.table;
                out[name] = {};
                for (const column of Object.keys(table.columns)) {
                    out[name][column] = Array.from({length: table.rows}, (_, row) => table.get(row, column));
                }
            }
            return out;
        }""")
        hazards = world.frames["hazards"]
        hazards = hazards[hazards["state"] != "closed"]
        for column in ("description", "pole_no", "feeder_id", "party"):
            assert got["hazards"][column] == [text.clean(value) for value in hazards[column]]
        assert got["zones"]["leader"] == [text.clean(value) for value in world.frames["zones"]["leader"]]
        assert sorted(got["roads"]["name"]) == sorted(text.clean(value) for value in world.frames["roads"]["name"])
        assert got["sections"]["label"] == [text.clean(value) for value in world.frames["sections"]["label"]]
        titles = page.evaluate("""() => {
            const out = [];
            for (const [name, layer] of Object.entries(Patrol.layers)) {
                if (!layer.options.card) continue;
                for (let row = 0; row < layer.table.rows; row++) {
                    document.body.append(Patrol.card(layer, row));
                    const card = document.body.lastChild, dds = [...card.querySelectorAll("dd")];
                    const live = card.querySelectorAll("script,img,svg,iframe,a").length;
                    out.push([name, live, dds.map(d => d.textContent)]);
                    card.remove();
                }
            }
            return out;
        }""")
        assert {elements for _, elements, _ in titles} == {0}
        shown = {value for name, _, values in titles if name == "hazards" for value in values}
        assert {text.clean(value) for value in hazards["description"]} - {""} <= shown
        click_everything(page)
        assert page.evaluate("window.pwned") is None
        assert (seen.requests, seen.errors, seen.dialogs) == ([], [], [])
        listed = page.locator("#panel").evaluate("e => e.textContent")
        assert "{{ cycler.__init__.__globals__.os.getcwd() }}" in listed
        assert {text.clean(value) for value in HOSTILE if text.clean(value) not in listed} == set()
        assert page.title().endswith(text.clean(TITLE))


def click_everything(page):
    """Open every layer, popup and list, so that whatever could run has its chance."""
    page.evaluate("""() => {
        document.querySelectorAll("details").forEach(d => { d.open = true; });
        const map = Patrol.map;
        Object.values(Patrol.layers).forEach(layer => map.addLayer(layer));
        for (const zoom of [11, 14, 18]) {
            map.setZoom(zoom, {animate: false});
            document.querySelectorAll(".leaflet-marker-icon.button").forEach(icon => icon.click());
        }
        for (const [name, layer] of Object.entries(Patrol.layers)) {
            if (!layer.hits || !layer.table.rows) continue;
            map.setView(layer.table.latlng(0), 17, {animate: false});
            map.fire("click", {latlng: layer.table.latlng(0)});
        }
        document.querySelectorAll("[data-stop] button").forEach((button, i) => { if (i % 9 === 0) button.click(); });
        document.querySelector(".language").click();
        document.querySelector(".language").click();
    }""")
    page.wait_for_timeout(300)


def test_the_policy_stops_what_gets_in_all_the_same(open_page, file):
    with open_page(file, "desk") as (page, seen):
        page.evaluate("""() => {
            document.body.insertAdjacentHTML("beforeend",
                '<img src="x" onerror="window.pwned=1"><svg onload="window.pwned=1"></svg>');
            const script = document.createElement("script");
            script.textContent = "window.pwned = 1";
            document.body.append(script);
            const outside = document.createElement("script");
            outside.src = "https://example.org/x.js";
            document.body.append(outside);
            fetch("https://example.org/").catch(() => {});
        }""")
        page.wait_for_timeout(300)
        assert page.evaluate("window.pwned") is None
        assert sum("Content Security Policy" in error for error in seen.errors) >= 4


def test_no_field_text_outside_the_packed_blocks_but_the_list(world):
    page = world.page("zh")
    plain = re.sub(r'<script type="text/plain"[^>]*>[^<]*</script>', "", page)
    assert "near house" not in plain  # a hazard's own words
    assert "第0网格" not in plain  # a zone's name
