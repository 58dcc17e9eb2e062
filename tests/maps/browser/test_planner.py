"""What a planner does with the page: search, filter, colour, compare; and who cannot see or has a small phone."""

import pytest
from axe_playwright_python.sync_playwright import Axe

from patrol.config import MapSettings
from patrol.maps.overview import overview_map
from patrol.plan import plan_tag, stop_codes
from waiting import until

pytestmark = pytest.mark.browser

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
FIND = "async q => (await Patrol.find(q)).map(f => [f.kind, f.name])"


@pytest.fixture(scope="module")
def planner(changed_world, tmp_path_factory):
    """The page of a plan with zones, poles and another plan to compare with."""
    path = tmp_path_factory.mktemp("planner") / "index.html"
    path.write_text(changed_world.page("zh"), "utf-8")
    return path


def choose(page, what, value):
    page.locator(f"[data-choice={what}]").select_option(value)


def shown(page, layer):
    return page.evaluate(
        """name => {
            const { table, filter } = Patrol.layers[name];
            return Array.from({length: table.rows}, (_, r) => r).filter(r => !filter || filter(table, r));
        }""",
        layer,
    )


STILL = "!Patrol.map._animatingZoom && !(Patrol.map._panAnim && Patrol.map._panAnim._inProgress)"


@pytest.mark.parametrize(
    ("screen", "lang", "scheme"),
    [("phone", "zh-CN", "light"), ("phone", "en-US", "dark"), ("desk", "en-US", "light"), ("desk", "zh-CN", "dark")],
)
def test_no_accessibility_rule_is_broken(open_page, planner, screen, lang, scheme):
    with open_page(planner, screen, locale=lang, color_scheme=scheme, bypass_csp=True) as (page, seen):
        page.evaluate("document.querySelectorAll('details').forEach((d, i) => { d.open = i % 5 !== 4; })")
        page.fill("#question", "第1")
        page.wait_for_selector(".finds button")
        page.evaluate("Patrol.goTo('hazards', 0)")
        page.wait_for_selector(".leaflet-popup-content")
        until(page, STILL)  # on the way markers lie over one another for a moment
        found = Axe().run(page, options={"runOnly": RULES, "resultTypes": ["violations"]})
        assert [(fault["id"], fault["nodes"][0]["html"]) for fault in found.response["violations"]] == []
        assert (seen.requests, seen.errors) == ([], [])


FINDS = (
    ("10号渠线 009", "sections", "10号渠线001-009号杆"), ("line 10 001-009", "sections", "10号渠线001-009号杆"),
    ("L2", "lines", "L2"), ("L1 017", "poles", "L1 017"), ("H0004", "hazards", "H0004"),
    ("near HOUSE 4,", "hazards", "H0004"), ("ＺＯＮＥ 2", "zones", "第2网格"), ("灵沙", "names", "灵沙乡"),
)  # fmt: skip


def test_finds_lines_poles_sections_hazards_and_places_in_both_languages(open_page, planner):
    with open_page(planner, "desk", locale="zh-CN") as (page, seen):
        for question, kind, name in FINDS:
            found = [row[1] for row in page.evaluate(FIND, question) if row[0] == kind]
            assert found, question
            assert name in found[0], question
        assert page.evaluate(FIND, "no such thing") == []
        assert page.evaluate(FIND, " ") == []
        assert (seen.requests, seen.errors) == ([], [])


INSIDE = """() => {
  const top = (name) => document.querySelector(name).getBoundingClientRect().top;
  return top(".leaflet-popup-content") >= top(".folium-map") - 1;
}"""


def test_a_find_opens_its_card_on_the_map_by_keyboard(open_page, planner):
    with open_page(planner, "phone", locale="en-US") as (page, seen):
        page.fill("#question", "Line 11 001-009")
        page.wait_for_selector(".finds button")
        page.keyboard.press("ArrowDown")
        assert page.evaluate("document.activeElement.textContent") == "Line 11 001-009"
        page.keyboard.press("Enter")
        card = page.locator(".leaflet-popup-content")
        card.wait_for(state="visible")
        assert "Line 11 001-009" in card.inner_text()
        assert page.evaluate("Patrol.map.getZoom()") >= 15
        until(page, INSIDE)  # the map moves for the card, which takes it a moment
        assert page.evaluate("scrollY") < 400, "the map is in view"
        page.fill("#question", "nothing like it")
        page.get_by_text("nothing found").wait_for()
        assert seen.errors == []


def test_a_stop_is_found_by_the_code_of_a_reply(open_page, planner, changed_world):
    plan = changed_world.plan
    (shift_id, place), code = list(stop_codes(plan).items())[-1]
    shift = next(one for one in plan.shifts if one["shift_id"] == shift_id)
    label = plan.tasks[shift["route"][place]["task_id"]]["label_zh"]
    assert code > len(shift["route"]), "not the count of one crew"
    with open_page(planner, "desk", locale="zh-CN") as (page, seen):
        for question in (f"{code}", f" {plan_tag(plan)} {code} ", "".join(chr(ord(one) + 0xFEE0) for one in str(code))):
            found = page.evaluate(FIND, question)
            assert found[0][0] == "stops", question
            assert found[0][1].startswith(f"{code} "), question
            assert found[0][1].endswith(label), question
        for question in ("0", f"#0000 {code}", f"0{code}"):
            assert not [name for kind, name in page.evaluate(FIND, question) if kind == "stops"], question
        assert page.locator(".top .tag").inner_text() == plan_tag(plan)
        page.fill("#question", f"{code}")
        page.wait_for_selector(".finds button")
        page.keyboard.press("Enter")
        page.locator(".leaflet-popup-content").wait_for(state="visible")
        assert page.locator(".card .title").inner_text() == f"{code} · {label}"
        assert seen.errors == []


RUNS = """() => {
    const { stops } = Patrol.layers, number = row => stops.table.get(row, "number");
    return [...stops.buttons.entries()].map(([key, marker]) => {
        const rows = key.split(",").slice(3, 3 + Math.min(12, Number(key.split(",")[2]))).map(Number);
        return [marker._icon.textContent, rows.map(number).filter(Boolean).sort((a, b) => a - b),
            new Set(rows.map(row => stops.table.get(row, "shift"))).size, rows.length];
    });
}"""


def test_buttons_of_the_map_show_codes_and_runs_of_codes(open_page, planner, changed_world):
    last = len(stop_codes(changed_world.plan))
    with open_page(planner, "desk", locale="en-US") as (page, seen):
        page.locator("label.chip", has_text="All days").click()
        texts = []
        for zoom in (11, 13, 15):
            page.evaluate(
                f"Patrol.map.setView(Patrol.layers.stops.position(Patrol.layers.stops.table.rows - 1), {zoom},"
                " {animate: false})"
            )
            for text, codes, shifts, rows in page.evaluate(RUNS):
                run = shifts == 1 and codes and codes[-1] - codes[0] == len(codes) - 1
                if run and rows < 12:
                    assert text == (str(codes[0]) if len(codes) == 1 else f"{codes[0]}–{codes[-1]}")
                    texts.append(text)
        assert str(last) in texts
        assert any("–" in text and int(text.split("–")[0]) > 12 for text in texts), (
            "a run of a crew that is not the first"
        )
        assert seen.errors == []


def test_a_new_question_makes_the_old_one_give_up(open_page, planner):
    with open_page(planner, "desk", locale="en-US") as (page, _):
        got = page.evaluate("""async () => {
            const old = Patrol.find("line"), now = Patrol.find("zone 1");
            return [await old, (await now).length];
        }""")
        assert got[0] is None
        assert got[1] > 0


def test_filters_by_party_and_zone_hold_for_map_and_list(open_page, planner, changed_world):
    plan = changed_world.plan
    with open_page(planner, "desk", locale="en-US") as (page, seen):
        page.locator("label.chip", has_text="All days").click()
        choose(page, "party", "fire")
        fire = [n for n, shift in enumerate(plan.shifts) if shift["party"] == "fire"]
        assert page.locator(".shift:not([hidden])").count() == len(fire)
        got = page.evaluate("rows => rows.map(r => Patrol.layers.stops.table.get(r, 'shift'))", shown(page, "stops"))
        assert set(got) == set(fire)
        choose(page, "party", "")
        before = page.evaluate("Patrol.map.getZoom()")
        choose(page, "zone", "Z1")
        sections = changed_world.frames["sections"]
        assert shown(page, "sections") == [n for n, zone in enumerate(sections["zone_id"]) if zone == "Z1"]
        zones = page.evaluate(
            "rows => rows.map(r => Patrol.layers.hazards.table.get(r, 'zone_id'))", shown(page, "hazards")
        )
        assert set(zones) == {"Z1"}
        left = page.locator("#dropped li[data-left]:not([hidden])").count()
        tasks = [plan.tasks[item["task_id"]] for item in plan.dropped]
        assert left == sum(task["zone_id"] == "Z1" for task in tasks)
        assert page.evaluate("Patrol.map.getZoom()") != before
        assert seen.errors == []


def test_hazards_by_state_and_age(open_page, planner):
    with open_page(planner, "desk", locale="en-US") as (page, _):
        every = len(shown(page, "hazards"))
        choose(page, "state", "verified")
        verified = shown(page, "hazards")
        choose(page, "age", "2")
        both = shown(page, "hazards")
        assert 0 < len(both) <= len(verified) < every
        ages = page.evaluate("rows => rows.map(r => Patrol.layers.hazards.table.get(r, 'age'))", both)
        assert all(31 <= age < 91 for age in ages)


def test_sections_by_what_is_due_and_zones_by_load(open_page, planner):
    with open_page(planner, "desk", locale="en-US") as (page, seen):
        choose(page, "colouring", "cover")
        assert page.evaluate("Patrol.layers.sections.options.by") == "cover"
        assert page.locator("#colouring-name").text_content() == "due and planned"
        choose(page, "colouring", "load")
        assert page.evaluate("Patrol.layers.zones.options.by") == "load"
        load = page.evaluate("[0, 1, 2, 3].map(r => Patrol.layers.zones.table.get(r, 'load'))")
        assert load == [3, 2, 2, 1]
        assert page.locator("[data-colouring=load]").evaluate("e => !e.hidden")
        choose(page, "colouring", "value")
        assert page.evaluate("Patrol.layers.zones.options.by") is None
        assert seen.errors == []


def test_rows_of_tables_and_lists_lead_to_the_map(open_page, planner):
    with open_page(planner, "desk", locale="en-US") as (page, seen):
        for opened, name, said in (
            ("#table-changes > details", "[data-change] .goes", "moved"),
            ("#table-zones:not([open]) > summary", "[data-zone] .goes", "Load"),
            ("#dropped > details", "[data-left] .goes", "Task left out"),
        ):
            page.locator(opened).last.click() if "summary" in opened else page.locator(opened).last.locator(
                "summary"
            ).click()
            page.locator(name).last.click()
            card = page.locator(".leaflet-popup-content")
            card.wait_for(state="visible")
            assert said in card.inner_text()
        assert seen.errors == []


def test_poles_are_read_only_when_somebody_comes_near(open_page, planner):
    with open_page(planner, "desk", locale="en-US") as (page, _):
        assert page.evaluate("Patrol.layers.poles.table === undefined")
        page.evaluate("Patrol.map.setView(Patrol.layers.sections.table.latlng(0), 17, {animate: false})")
        until(page, "Patrol.layers.poles.table !== undefined && Patrol.drawn()")
        assert page.evaluate("Patrol.layers.poles.table.rows") > 100


@pytest.fixture(scope="module")
def large(large_world, tmp_path_factory):
    """The page of a county with levels of detail."""
    path = tmp_path_factory.mktemp("large") / "index.html"
    path.write_text(large_world.page("en"), "utf-8")
    return path


def test_tiles_are_asked_for_where_they_are_set(open_page, world, tmp_path):
    maps = MapSettings(tiles="https://tiles.example/{z}/{x}/{y}.png", tiles_credit="<b>Who</b>")
    path = tmp_path / "index.html"
    path.write_text(overview_map(world.plan, **world.frames, maps=maps, lang="en"), "utf-8")
    with open_page(path) as (page, seen):
        until(page, "document.querySelectorAll('.leaflet-raster-pane img, .leaflet-tile').length > 0")
        assert page.locator(".credit", has_text="<b>Who</b>").count() == 1
        assert seen.requests
        assert all(one.startswith("https://tiles.example/") for one in seen.requests)
        below, ours = ("raster", "tilePane")
        order = page.evaluate(
            "([a, b]) => [a, b].map(name => +getComputedStyle(Patrol.map.getPane(name)).zIndex)", [below, ours]
        )
        assert order[0] < order[1]


WORKERS = """
    window.started = 0;
    window.Worker = class extends Worker { constructor(address) { super(address); window.started += 1; } };
"""
TABLES = """() => {
    const some = value => ArrayBuffer.isView(value) ? Array.from(value) : typeof value === "function" ? null : value;
    const plain = ({ table }) => [
        Object.entries(table).filter(([name]) => name !== "columns").map(([name, value]) => [name, some(value)]),
        Object.entries(table.columns).map(([name, value]) => [name, value(0), value(table.rows - 1)]),
        table.latlng(0),
    ];
    const layers = Object.entries(Patrol.layers).filter(([, layer]) => layer.table && layer.table.rows);
    return JSON.stringify([
        layers.map(([name, layer]) => [name, plain(layer)]), Patrol.layers.sections.levels.map(plain),
    ]);
}"""


def tables(page):
    page.wait_for_selector("html[data-ready=yes]", state="attached")
    return page.evaluate(TABLES)


def test_a_worker_reads_what_the_page_reads_itself(open_page, large, large_world, monkeypatch, tmp_path):
    monkeypatch.setattr("patrol.maps.assets.WORKER_WORTH", 0)
    html = overview_map(large_world.plan, **large_world.frames, lang="en")
    path = tmp_path / "index.html"
    path.write_text(html, "utf-8")
    refused = tmp_path / "refused.html"  # as where a browser lets no file start one
    refused.write_text(html.replace("; worker-src blob:", ""), "utf-8")
    with open_page(large) as (page, _):
        itself = tables(page)
    with open_page(path, init=WORKERS) as (page, seen):
        assert tables(page) == itself
        assert page.evaluate("started") == 1
        assert (seen.requests, seen.errors) == ([], [])
    with open_page(refused, init=WORKERS) as (page, _):
        assert tables(page) == itself
        assert page.evaluate("started") == 1
    with open_page(path, init="delete window.Worker") as (page, seen):
        assert tables(page) == itself
        assert not seen.errors
    assert len(itself) > 100_000


WHICH = """([row, zooms]) => {
    const { map, layers: { sections }, stage } = Patrol, { table } = sections, colour = Patrol.colour("cover-5");
    const paint = document.createElement("canvas").getContext("2d");
    paint.fillStyle = colour;
    paint.fillRect(0, 0, 1, 1);
    const [red, green, blue] = paint.getImageData(0, 0, 1, 1).data;
    return zooms.map(zoom => {
        map.setView(table.latlng(table.first[row]), zoom, {animate: false});
        const sheet = stage._blank(), { canvas } = sheet;
        [...sections.draw(sheet)];
        const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
        let ink = 0, urgent = 0;
        for (let i = 0; i < data.length; i += 4) {
            ink += data[i + 3] > 0;
            const off = Math.abs(data[i] - red) + Math.abs(data[i + 1] - green) + Math.abs(data[i + 2] - blue);
            urgent += data[i + 3] > 200 && off < 12;
        }
        return [sections._drawn(zoom).maxZoom, ink > 100, urgent > 0];
    });
}"""


def test_an_overdue_section_is_seen_at_every_zoom(open_page, large):
    with open_page(large, "phone", locale="en-US") as (page, seen):
        choose(page, "colouring", "cover")
        until(page, "Patrol.drawn()")
        got = page.evaluate(WHICH, [2_000, [8, 9, 10, 11.5, 12, 12.5, 14, 17]])
        last = got[-1][0]
        assert [row[0] for row in got] == [8, 9, 10, 12, 12, last, last, last]
        assert all(ink and urgent for _, ink, urgent in got)
        assert seen.errors == []


def test_a_zone_alone_is_shown_by_the_levels_too(open_page, large):
    with open_page(large, "desk", locale="en-US") as (page, seen):
        choose(page, "zone", "Z3")
        got = page.evaluate("""() => Patrol.layers.sections.levels.map(({ table }) => {
            const { filter } = Patrol.layers.sections;
            const kept = Array.from({length: table.rows}, (_, r) => r).filter(r => filter(table, r));
            return [kept.length, table.rows, [...new Set(kept.map(r => table.get(r, "zone_id")))]];
        })""")
        assert all(0 < kept < rows and zones == ["Z3"] for kept, rows, zones in got)
        page.evaluate("Patrol.map.setZoom(9, {animate: false})")
        until(page, "Patrol.drawn()")
        assert seen.errors == []


def test_the_picture_follows_the_map(open_page, large):
    """A line lies where Leaflet says its points are: after a move, a zoom, and half a step of zoom."""
    where = """row => {
        const { map, layers: { sections: { table } }, stage } = Patrol, { box, shown } = stage;
        const i = table.first[row], at = map.latLngToContainerPoint(table.latlng(i));
        const frame = map.getContainer().getBoundingClientRect(), picture = box.firstChild.getBoundingClientRect();
        const x = (table.X[i] + table.ox) * shown.scale - shown.from.x;
        const y = (table.Y[i] + table.oy) * shown.scale - shown.from.y;
        return [picture.left - frame.left + x * picture.width / shown.size.x - at.x,
            picture.top - frame.top + y * picture.height / shown.size.y - at.y];
    }"""
    with open_page(large, "desk", locale="en-US") as (page, _):
        for move in (
            "map.setZoom(13, {animate: false})",
            "map.panBy([130, -70], {animate: false})",
            "map.setZoom(14.5, {animate: false})",
        ):
            page.evaluate(f"const map = Patrol.map; {move}")
            until(page, "Patrol.drawn()")
            off = page.evaluate(where, 2_000)
            assert max(abs(value) for value in off) < 1.5, move
