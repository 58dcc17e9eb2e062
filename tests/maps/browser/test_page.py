"""The page in a real browser with a dead network: it draws, it answers, and it asks for nothing."""

import re

import pandas as pd
import pytest

pytestmark = pytest.mark.browser

INK = """name => {
    const layer = Patrol.layers[name], sheet = Patrol.stage._blank(); // drawn alone
    [...(layer.draw(sheet) || [])];
    if (!sheet.inked || !layer._map) return 0;
    const { canvas } = sheet, { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    let ink = 0;
    for (let i = 3; i < data.length; i += 4) ink += data[i] > 0;
    return ink;
}"""


@pytest.mark.parametrize("screen", ["phone", "desk"])
def test_opens_from_a_file_draws_and_asks_for_nothing(open_page, file, screen):
    with open_page(file, screen, locale="zh-CN") as (page, seen):
        for name in ("sections", "roads", "water", "zones", "routes"):
            assert page.evaluate(INK, name) > 200, name
        assert page.evaluate("Patrol.map.getZoom()") >= 9
        assert page.locator(".dot.hazard").count() > 3
        assert page.locator(".dot.stop").count() > 0
        assert page.get_by_text("本计划不是工作票 · This plan is not a work permit").is_visible()
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert (seen.requests, seen.errors, seen.dialogs) == ([], [], [])


@pytest.mark.parametrize("screen", ["phone", "desk"])
def test_the_map_stays_visible_under_its_controls_and_targets_fit_a_finger(open_page, file, screen):
    with open_page(file, screen, locale="zh-CN") as (page, _):
        covered = page.evaluate("""() => {
            const map = document.querySelector(".folium-map").getBoundingClientRect();
            const boxes = [...document.querySelectorAll(".leaflet-control")].map(e => e.getBoundingClientRect());
            return boxes.reduce((sum, b) => sum + b.width * b.height, 0) / (map.width * map.height);
        }""")
        assert covered < 0.25
        small = page.evaluate("""() => {
            const targets = "button, summary, .chip, .leaflet-control a, .leaflet-marker-icon.button";
            return [...document.querySelectorAll(targets)].filter(e => e.getClientRects().length).map(
                e => [e.className || e.tagName, e.getBoundingClientRect()]).filter(
                ([name, b]) => (b.width < 44 || b.height < 44) && !/skip|attribution/.test(name)).map(([name]) => name);
        }""")
        assert [name for name in small if name] == []


INKED = """() => {
    let [left, top] = [Infinity, Infinity];
    const map = document.querySelector(".folium-map").getBoundingClientRect();
    const sheet = Patrol.stage._blank(), { canvas } = sheet;
    [...Patrol.layers.sections.draw(sheet)];
    const data = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
    const scale = canvas.width / sheet.size.x, corner = Patrol.map.layerPointToContainerPoint(sheet.corner);
    for (let i = 3; i < data.length; i += 4) {
        if (!data[i]) continue;
        const place = (i - 3) / 4;
        left = Math.min(left, corner.x + (place % canvas.width) / scale);
        top = Math.min(top, corner.y + Math.floor(place / canvas.width) / scale);
    }
    const [zoom, layers] = [".leaflet-control-zoom", ".leaflet-control-layers"].map(
        name => document.querySelector(name).getBoundingClientRect());
    return {left, top, right: zoom.right - map.left, bottom: layers.bottom - map.top};
}"""


@pytest.mark.parametrize("screen", ["phone", "desk"])
def test_no_line_lies_under_the_buttons_at_first(open_page, file, screen):
    with open_page(file, screen, locale="zh-CN") as (page, _):
        seen = page.evaluate(INKED)
        assert seen["right"] <= seen["left"] < float("inf"), "beside the buttons for zoom"
        assert seen["bottom"] <= seen["top"] < float("inf"), "below the button for layers"


def test_legend_and_layers_take_turns_on_a_phone(open_page, file):
    with open_page(file, "phone", locale="en-US") as (page, seen):
        legend, layers = page.locator("#legend"), page.locator(".leaflet-control-layers-list")
        page.locator(".leaflet-control-layers-toggle").focus()
        page.keyboard.press("Enter")
        layers.wait_for(state="visible")
        legend.locator("summary").click()
        page.wait_for_selector("#legend[open]")
        layers.wait_for(state="hidden")
        page.locator(".leaflet-control-layers-toggle").focus()
        page.keyboard.press("Enter")
        layers.wait_for(state="visible")
        page.wait_for_selector("#legend:not([open])")
        assert seen.errors == []
    with open_page(file, "desk", locale="zh-CN") as (page, _):
        page.locator("#legend summary").click()
        page.locator(".leaflet-control-layers-toggle").focus()
        page.keyboard.press("Enter")
        page.locator(".leaflet-control-layers-list").wait_for(state="visible")
        assert page.locator("#legend[open]").count() == 1, "there is room for both"


def test_buttons_of_stops_show_numbers_runs_or_counts(open_page, file):
    with open_page(file, "desk", locale="en-US") as (page, seen):
        for zoom in (11, 13, 15):
            page.evaluate(f"Patrol.map.setView(Patrol.layers.stops.position(1), {zoom}, {{animate: false}})")
            faces = page.locator(".dot.stop").all_inner_texts()
            assert faces
            assert all(re.fullmatch(r"|\d+|\d+–\d+|×\d+", face) for face in faces), faces
        assert seen.errors == []


def test_layers_can_be_switched(open_page, file):
    with open_page(file, "desk", locale="zh-CN") as (page, seen):
        page.locator(".leaflet-control-layers-toggle").focus()
        page.keyboard.press("Enter")
        names = page.locator(".leaflet-control-layers-overlays label").all_inner_texts()
        assert [name.strip() for name in names] == [
            "路线（按班组）", "站点", "线路区段", "未闭环隐患", "未安排的任务", "设备", "地名与网格名",
            "网格", "道路", "水系",
        ]  # fmt: skip
        page.get_by_label("道路").hover()
        page.get_by_label("道路").uncheck()
        assert page.evaluate(INK, "roads") == 0
        page.get_by_label("道路").check()
        assert page.evaluate(INK, "roads") > 200
        assert page.locator(".dot.drop").count() == 0
        page.get_by_label("未安排的任务").check()
        assert page.locator(".dot.drop").count() > 0
        assert seen.errors == []


def test_the_language_follows_the_phone_and_the_switch(open_page, file):
    with open_page(file, "phone", locale="en-GB") as (page, seen):
        assert page.title() == "Synthetic data · Patrol plan, Pingluo (invented)"
        assert page.get_by_role("heading", level=1).inner_text().startswith("Patrol plan, Pingluo")
        page.locator(".shift summary").first.click()
        page.locator("[data-stop='1'] button").click()
        assert "Line 10 001-009" in page.locator(".leaflet-popup-content").inner_text()
        assert "power company" in page.locator(".leaflet-popup-content").inner_text()
        page.get_by_role("button", name="中文").click()
        assert page.locator("html").get_attribute("lang") == "zh-CN"
        assert page.title() == "虚构数据 · 平罗（虚构）巡视计划"
        assert "供电企业" in page.locator(".leaflet-popup-content").inner_text()
        assert "10号渠线001-009号杆" in page.locator("[data-stop='1']").inner_text()
        assert page.get_by_label("放大").is_visible()
        page.reload()
        page.wait_for_selector("html[data-ready=yes]", state="attached")
        assert page.locator("html").get_attribute("data-lang") == "zh"  # what was chosen is kept
        assert seen.errors == []
    with open_page(file, "phone", locale="fr-FR") as (page, _):
        assert page.locator("html").get_attribute("data-lang") == "zh"  # the plan's, where the phone's is unknown


def test_days_and_crews_filter_map_and_list(open_page, file, world):
    with open_page(file, "desk", locale="en-US") as (page, seen):
        shown = "[...document.querySelectorAll('[data-shift]')].filter(e => !e.hidden).map(e => +e.dataset.shift)"
        by_day = {}
        for number, shift in enumerate(world.plan.shifts):
            by_day.setdefault(shift["date"], []).append(number)
        first, second, third = by_day.values()
        assert page.evaluate(shown) == first
        page.get_by_role("radio", name="Sat 08-17").check()
        assert page.evaluate(shown) == second
        page.get_by_role("radio", name="All days").check()
        assert page.evaluate(shown) == first + second + third
        before = page.evaluate(INK, "routes")
        page.get_by_text("Crews 8 of 8").click()
        page.get_by_role("button", name="None", exact=True).click()
        assert page.evaluate(shown) == []
        assert page.evaluate(INK, "routes") == 0
        assert page.locator(".dot.stop").count() == 0
        page.get_by_label("Crew 3", exact=True).check()
        assert page.evaluate(shown) == [n for n, s in enumerate(world.plan.shifts) if s["crew_id"] == "C03"]
        assert 0 < page.evaluate(INK, "routes") < before
        assert page.get_by_text("Crews 1 of 8").is_visible()
        assert seen.errors == []


def tap_row(page, layer, row):
    """Tap the first point of a row, on the canvas, at a zoom where it stands alone."""
    page.evaluate(f"""() => {{
        const layer = Patrol.layers["{layer}"], table = layer.table, part = table.rowOf.indexOf({row});
        const at = table.first[part], between = L.latLngBounds([table.latlng(at), table.latlng(at + 1)]).getCenter();
        Patrol.map.setView(between, 17, {{animate: false}});
    }}""")
    box = page.locator(".folium-map").bounding_box()
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.wait_for_selector(".leaflet-popup-content")
    return page.locator(".leaflet-popup-content").inner_text()


def test_a_tap_tells_about_a_section(open_page, file, world):
    with open_page(file, "desk", locale="en-US") as (page, seen):
        row = world.frames["sections"].iloc[12]
        said = tap_row(page, "sections", 12)
        assert row["label"] in said
        assert f"{row['length_m']:.0f} m" in said
        risk = {1: "low", 2: "rather low", 3: "medium", 4: "rather high", 5: "high"}
        assert risk[row["risk_class"]] in said.splitlines()
        assert "2024-08-16" in said  # when it is patrolled
        assert f"{(pd.Timestamp('2024-08-16') - row['last_patrol']).days} d" in said
        assert seen.errors == []


def test_hazards_can_be_read_by_keyboard(open_page, file):
    with open_page(file, "desk", locale="en-US") as (page, seen):
        page.evaluate("Patrol.map.setView(Patrol.layers.hazards.position(2), 18, {animate: false})")
        button = page.locator(".leaflet-marker-icon:has(.hazard)").first
        button.focus()
        page.keyboard.press("Enter")
        card = page.locator(".leaflet-popup-content")
        assert "Hazard" in card.inner_text()
        assert "约 3 米" in card.inner_text()
        assert page.evaluate("document.activeElement.className") == "leaflet-popup-close-button"
        page.keyboard.press("Enter")
        card.wait_for(state="detached")
        assert page.evaluate("document.activeElement.matches('.leaflet-marker-icon')")
        assert seen.errors == []


def test_reads_without_script(open_page, file, world):
    with open_page(file, "phone", java_script_enabled=False) as (page, seen):
        assert page.get_by_text("本计划不是工作票").is_visible()
        assert page.get_by_text("下面的清单是完整的").count() == 1
        assert not page.locator(".folium-map").is_visible()
        page.locator(".shift summary").first.click()
        first = page.locator(".shift").first
        assert "10号渠线001-009号杆" in first.inner_text()
        assert "Line 10" not in first.inner_text()
        assert first.locator("li").count() == len(world.plan.shifts[0]["route"])
        assert (seen.requests, seen.errors) == ([], [])


def test_an_old_browser_gets_the_list_and_is_told(open_page, file):
    with open_page(file, "phone", init="delete window.DecompressionStream") as (page, seen):
        assert page.locator(".no-map-note").is_visible()
        assert not page.locator(".folium-map").is_visible()
        assert page.locator(".shift summary").first.is_visible()
        assert seen.errors == []


def test_dark_and_paper_have_their_own_colours(open_page, file):
    ground = "getComputedStyle(document.documentElement).getPropertyValue('--ground').trim()"
    with open_page(file, "desk", locale="en-US", color_scheme="dark") as (page, seen):
        dark = page.evaluate(ground)
        page.emulate_media(media="print", color_scheme="dark")
        assert page.evaluate(ground) != dark  # paper is light
        assert not page.locator(".leaflet-control-zoom").is_visible()
        page.evaluate("dispatchEvent(new Event('beforeprint'))")
        assert page.locator("details:not([open])").count() == 0
        assert seen.errors == []


def test_an_empty_plan_opens_too(open_page, empty_world, tmp_path):
    path = tmp_path / "index.html"
    path.write_text(empty_world.page("en"), "utf-8")
    with open_page(path, "desk", locale="en-US") as (page, seen):
        assert page.get_by_text("There is no shift in this plan.").is_visible()
        assert (seen.requests, seen.errors) == ([], [])


def test_the_browser_reads_what_python_packed(open_page, file, world):
    with open_page(file, "desk", locale="en-US") as (page, _):
        got = page.evaluate("""() => {
            const t = Patrol.layers.sections.table, all = n => Array.from({length: t.rows}, (_, r) => t.get(r, n));
            const ends = Array.from({length: t.parts}, (_, p) => t.latlng(t.first[p]));
            return {label: all("label"), due: all("due"), last: all("last_patrol"), ecm: all("ecm_per_fault"),
                    points: ends.map(e => [e.lng, e.lat]), rows: [...t.rowOf]};
        }""")
        frame = world.frames["sections"]
        assert got["label"] == frame["label"].tolist()
        assert got["due"] == frame["due"].dt.strftime("%Y-%m-%d").tolist()
        assert got["ecm"] == pytest.approx(frame["ecm_per_fault"].round().tolist())
        last = frame["last_patrol"]
        assert got["last"] == [None if pd.isna(day) else day.date().isoformat() for day in last]
        assert got["rows"] == list(range(len(frame)))
        for point, line in zip(got["points"], frame.to_crs(4326).geometry, strict=True):
            assert point == pytest.approx(line.coords[0], abs=1e-6)
