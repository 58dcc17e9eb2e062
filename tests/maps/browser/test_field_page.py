"""The field page in a real browser with a dead network: a whole day, reloads, a full store, hostile texts."""

import base64
import hashlib
import io
import json
import random
import re
from pathlib import Path

import axe_playwright_python
import jsonschema
import numpy as np
import pytest
from PIL import Image

from hostile import HOSTILE, RUN
from patrol import text
from patrol.hazards.formats.patrol_report import read_patrol_report, report_schema
from patrol.hazards.model import IntakeContext
from patrol.maps.field_page import field_page
from patrol.plan import Plan, plan_sha256, stop_codes

pytestmark = pytest.mark.browser
AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text("utf-8")
HERE = {"geolocation": {"latitude": 38.861234, "longitude": 106.533210, "accuracy": 12}, "permissions": ["geolocation"]}


@pytest.fixture(scope="session")
def field_file(field_html, tmp_path_factory):
    path = tmp_path_factory.mktemp("field") / "2024-08-16-C00.html"
    path.write_text(field_html, "utf-8")
    return path


@pytest.fixture(scope="session")
def photo(tmp_path_factory):
    """A photo as a phone takes it: large, and noisy, so that it does not compress by itself."""
    path = tmp_path_factory.mktemp("photo") / "IMG_0001.jpg"
    noise = np.random.default_rng(1).integers(0, 255, (450, 600, 3), dtype=np.uint8)
    exif = Image.Exif()
    exif[0x010F] = "Maker of cameras"
    Image.fromarray(noise).resize((2400, 1800)).save(path, quality=92, exif=exif)
    return path


def sent(page):
    """Press send and return the file: (name, document)."""
    with page.expect_download() as download:
        page.locator("#send-button").click()
    file = download.value
    return file.suggested_filename, json.loads(Path(file.path()).read_text("utf-8"))


def reload(page):
    page.reload()
    page.wait_for_selector("html[data-ready=yes]", state="attached")


def mark(page, code, outcome):
    page.locator(f"#stop-{code} .outcome.{outcome}").click()


def begin_hazard(page, code):
    page.locator("#hazard-button").click()
    page.locator("#hazard-type").select_option(code)


@pytest.fixture(scope="session")
def codes(field_world):
    """The stops of the crew by their code."""
    plan, _ = field_world
    shift = plan.shifts[0]
    return {code: shift["route"][at] for (of, at), code in stop_codes(plan).items() if of == shift["shift_id"]}


def report_wire(page, photo):
    """A wire on the ground: the numbers to call come before anything else; then the battery dies."""
    begin_hazard(page, "D01")
    assert page.locator("dialog .call").first.get_attribute("href") == "tel:95598"
    assert page.locator("dialog").get_by_text("8 米").is_visible()
    assert page.locator("dialog .place").count() == page.locator("dialog textarea").count() == 0
    page.get_by_role("button", name="已打电话，继续填写").click()
    page.get_by_role("button", name="用我的位置").click()
    page.get_by_text("误差约 12 米").wait_for()
    page.locator("#hazard-photo").set_input_files(photo)
    page.locator("dialog .photos img[src]").wait_for()
    page.locator("#hazard-description").fill("导线落地，在渠边")
    page.locator("#hazard-pole").fill("037")
    reload(page)
    assert page.locator("#hazard-description").input_value() == "导线落地，在渠边"
    assert page.locator("dialog .photos img[src]").count() == 1
    page.get_by_role("button", name="保存").click()


def report_grass(page, photo):
    """The second hazard, by a tap on the map; return where that was."""
    begin_hazard(page, "F02")
    page.locator("dialog").get_by_role("button", name="在地图上点").click()
    box = page.locator(".folium-map").bounding_box()
    spot = (box["x"] + 120, box["y"] + box["height"] - 60)
    want = page.evaluate(
        "([x, y]) => { const r = Patrol.map.getContainer().getBoundingClientRect();"
        " return Patrol.map.containerPointToLatLng([x - r.x, y - r.y]); }",
        spot,
    )
    page.mouse.click(*spot)
    page.locator("dialog[open]").wait_for()
    page.locator("#hazard-photo").set_input_files([photo, photo])
    page.locator("dialog .photos img[src]").nth(1).wait_for()
    page.locator("dialog").get_by_role("button", name="删除 照片 2").click()
    page.get_by_role("button", name="保存").click()
    return want


def walk(page, plan, codes):
    """The stops one by one, with a slip that is taken back after a reload."""
    assert page.locator("#stop-4").get_attribute("data-outcome") == "done", "kept over the reload before"
    mark(page, 5, "partly")
    assert page.locator("#from_pole-5").input_value() == codes_pole(plan, codes[5])
    page.locator("#to_pole-5").fill("036")
    mark(page, 6, "not_done")
    reload(page)
    assert page.locator("#to_pole-5").input_value() == "036"
    page.locator("#undo-button").click()
    assert page.locator("#stop-6").get_attribute("data-outcome") == ""
    for code in (6, 7, 8, 10, 11, 12):
        mark(page, code, "done")
    mark(page, 9, "not_done")
    page.locator("#why-9").select_option("road")
    page.locator("#note-9").fill("桥塌了")
    page.locator("#finding-11").select_option("refuted")
    page.locator("#finding-12").select_option("rectified")
    assert "12 / 12" in page.locator("#kept").inner_text()


def test_a_whole_day(open_page, field_file, field_world, codes, photo):
    plan, _ = field_world
    with open_page(field_file, "phone", locale="zh-CN", **HERE) as (page, seen):
        for code in (1, 2, 3, 4):
            mark(page, code, "done")
        page.get_by_label("未发现隐患").first.check()
        report_wire(page, photo)
        want = report_grass(page, photo)
        assert page.locator("#mine li").count() == 2
        walk(page, plan, codes)
        name, report = sent(page)
        assert name == "report-2024-08-16-C00-r1.json"
        jsonschema.Draft202012Validator(report_schema()).validate(report)
        check_day(report, plan, codes, want)
        context = IntakeContext(timezone="Asia/Shanghai", now="2024-08-17T00:00:00+08:00", crs="EPSG:4326")
        assert len(read_patrol_report(json.dumps(report).encode(), name, context).reports) == 3
        # Looked at again and sent again: a higher revision, the same ids
        page.locator("#note-9").fill("桥塌了，明天再去")
        page.locator("#finding-11").select_option("verified")
        page.locator("#mine").get_by_role("button", name="修改 线下杂草可燃物堆积").click()
        page.locator("#hazard-description").fill("两米高")
        page.get_by_role("button", name="保存").click()
        again = sent(page)[1]
        assert again["revision"] == 2
        for part in ("results", "hazards", "photos"):
            assert [one["id"] for one in again[part]] == [one["id"] for one in report[part]]
        assert again["hazards"][1]["description"] == "两米高"
        assert again["results"][10]["found_nothing"] is False
        assert (seen.requests, seen.errors, seen.dialogs) == ([], [], [])


def codes_pole(plan, stop):
    task = plan.tasks[stop["task_id"]]
    return task["last_pole"] if stop["direction"] < 0 else task["first_pole"]


def check_day(report, plan, codes, want):
    assert report["plan_sha256"] == plan_sha256(plan)
    assert (report["crew_id"], report["party"], report["date"], report["revision"]) == (
        "C00", "enterprise", "2024-08-16", 1,
    )  # fmt: skip
    results = {one["task_id"]: one for one in report["results"]}
    assert set(results) == {stop["task_id"] for stop in codes.values()}
    outcomes = [results[codes[code]["task_id"]]["outcome"] for code in range(1, 13)]
    assert outcomes == ["done"] * 4 + ["partly"] + ["done"] * 3 + ["not_done"] + ["done"] * 3
    assert results[codes[1]["task_id"]]["found_nothing"] is True
    partly, missed = results[codes[5]["task_id"]], results[codes[9]["task_id"]]
    assert (partly["from_pole"], partly["to_pole"]) == (codes_pole(plan, codes[5]), "036")
    assert (missed["reason"], missed["note"]) == ("路断、无法通行", "桥塌了")
    wire, grass, *looks = report["hazards"]
    assert (wire["type"], wire["description"], wire["pole"]) == ("D01", "导线落地，在渠边", "037")
    assert (wire["lon"], wire["lat"], wire["accuracy_m"]) == (106.53321, 38.861234, 12)
    assert (grass["type"], grass["lon"], grass["lat"]) == (
        "F02", pytest.approx(want["lng"], abs=1e-4), pytest.approx(want["lat"], abs=1e-4),
    )  # fmt: skip
    assert results[codes[11]["task_id"]]["found_nothing"] is True, "looked for and not there"
    assert "found_nothing" not in results[codes[12]["task_id"]]
    assert [(look["task_id"], look["state"]) for look in looks] == [(codes[12]["task_id"], "rectified")]
    assert wire["photos"] + grass["photos"] == [one["file"] for one in report["photos"]]
    for one in report["photos"]:
        raw = base64.b64decode(one["data"], validate=True)
        assert hashlib.sha256(raw).hexdigest() == one["sha256"]
        assert one["file"] == one["id"] + ".jpg"
        with Image.open(io.BytesIO(raw)) as picture:
            assert (picture.format, dict(picture.getexif())) == ("JPEG", {})
            assert max(picture.size) <= 1280
        assert len(raw) <= 200_000
    for one in (*report["results"], *report["hazards"], *report["photos"]):
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d", one["captured_at"])


def in_sight(page, what):
    """Whether the middle of an element is what one sees there."""
    return page.locator(what).first.evaluate("""e => {
        const box = e.getBoundingClientRect();
        return e.contains(document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2));
    }""")


@pytest.mark.parametrize(("width", "height"), [(390, 844), (320, 568)])
def test_without_signal_a_wire_is_noted_and_the_call_stays_in_sight_until_sent(open_page, field_file, width, height):
    with open_page(field_file, "phone", locale="zh-CN", **HERE) as (page, seen):
        page.set_viewport_size({"width": width, "height": height})
        begin_hazard(page, "D01")
        assert page.locator("dialog textarea").count() == 0
        page.get_by_role("button", name="现在打不通，先记下").click()
        assert page.locator("dialog .owed").get_by_text("还没打电话").is_visible()
        page.locator("#hazard-description").fill("导线落地")
        page.get_by_role("button", name="用我的位置").click()
        page.get_by_text("误差约 12 米").wait_for()
        page.locator("dialog").evaluate("e => { e.scrollTop = e.scrollHeight; }")
        assert in_sight(page, "dialog .owed .call"), "over the form, however far down it one is"
        reload(page)
        assert page.locator("dialog .owed .call").first.get_attribute("href") == "tel:95598"
        page.get_by_role("button", name="保存").click()
        owed = page.locator("#owed")
        assert "还没打电话" in owed.inner_text()
        assert "D01" not in owed.inner_text()
        assert in_sight(page, "#owed .call")
        reload(page)
        page.locator("#map-button").click()
        assert in_sight(page, "#owed .call"), "over the map too"
        page.locator("#map-button").click()
        page.locator("#mine").get_by_role("button", name="修改").click()
        assert page.locator("dialog .owed").is_visible()
        page.get_by_role("button", name="取消").click()
        _, report = sent(page)
        (hazard,) = report["hazards"]
        assert hazard["type"] == "D01"
        assert hazard.keys() <= {"id", "captured_at", "type", "description", "lon", "lat", "accuracy_m"}, (
            "as others are"
        )
        assert not owed.is_visible()
        reload(page)
        assert not owed.is_visible()
        assert seen.errors == []


def test_who_has_called_at_last_says_so_in_the_form_or_at_the_foot(open_page, field_file):
    with open_page(field_file, "phone", locale="en-US", **HERE) as (page, seen):
        for at_once in (True, False):
            begin_hazard(page, "D01")
            page.get_by_role("button", name="No signal now: note it first").click()
            if at_once:
                page.locator("dialog .owed").get_by_role("button", name="I have called").click()
                assert page.locator("dialog .owed").count() == 0
                assert page.locator("dialog .urgent .call").first.is_visible()
            page.get_by_role("button", name="Where I am").click()
            page.locator("dialog").get_by_text("about 12 m").wait_for()
            page.get_by_role("button", name="Save").click()
            assert page.locator("#owed").is_visible() != at_once
        page.locator("#owed").get_by_role("button", name="I have called").click()
        assert not page.locator("#owed").is_visible()
        assert page.locator("#mine li").count() == 2
        begin_hazard(page, "D01")
        page.get_by_role("button", name="No signal now: note it first").click()
        page.locator("#hazard-type").select_option("D02")
        assert page.locator("dialog textarea").count() == 0, "another type is asked about again"
        assert seen.errors == []


def test_sha256_is_that_of_everybody_else(open_page, field_file):
    rng = random.Random(4)
    with open_page(field_file, "desk") as (page, _):
        for size in (0, 1, 3, 55, 56, 63, 64, 65, 119, 120, 1000, 70_001):
            data = rng.randbytes(size)
            got = page.evaluate("data => Patrol.sha256(Patrol.bytesOf(data))", base64.b64encode(data).decode())
            assert got == hashlib.sha256(data).hexdigest(), size
        ids = page.evaluate("Array.from({length: 200}, Patrol.uuid)")
        assert len(set(ids)) == 200
        assert all(
            re.fullmatch(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", one) for one in ids
        )


FULL = """which => {
    const put = Storage.prototype.setItem;
    Storage.prototype.setItem = function (key, value) {
        if (key.includes(which)) throw new DOMException("full", "QuotaExceededError");
        return put.call(this, key, value);
    };
}"""


def test_photos_that_do_not_fit_go_into_the_database(open_page, field_file, photo):
    with open_page(field_file, "phone", locale="en-US", **HERE) as (page, seen):
        page.evaluate(FULL, "photo/")
        begin_hazard(page, "V01")
        page.get_by_role("button", name="Where I am").click()
        page.locator("#hazard-photo").set_input_files(photo)
        page.locator("dialog .photos img[src]").wait_for()
        page.get_by_role("button", name="Save").click()
        assert page.evaluate("Object.keys(localStorage).filter(key => key.includes('photo/'))") == []
        reload(page)
        report = sent(page)[1]
        assert len(report["photos"]) == 1
        assert (
            hashlib.sha256(base64.b64decode(report["photos"][0]["data"])).hexdigest() == report["photos"][0]["sha256"]
        )
        assert seen.errors == []


def test_a_phone_that_keeps_nothing_says_so(open_page, field_file):
    with open_page(field_file, "phone", locale="en-US") as (page, seen):
        page.evaluate(FULL, "patrol/")
        mark(page, 1, "done")
        assert "cannot keep" in page.locator("#kept").inner_text()
        assert sent(page)[1]["results"][0]["outcome"] == "done"
        assert seen.errors == []


def test_what_was_entered_belongs_to_plan_crew_and_day(open_page, field_file, field_world, tmp_path):
    plan, given = field_world
    other = tmp_path / "other.html"
    other.write_text(field_page(plan, plan.shifts[1]["shift_id"], **given, lang="zh"), "utf-8")
    with open_page(field_file, "phone", locale="zh-CN") as (page, _):
        mark(page, 1, "done")
        page.goto(other.as_uri())
        page.wait_for_selector("html[data-ready=yes]", state="attached")
        assert "0 / 5" in page.locator("#kept").inner_text()
        page.goto(field_file.as_uri())
        page.wait_for_selector("html[data-ready=yes]", state="attached")
        assert "1 / 12" in page.locator("#kept").inner_text()


SHARE = """how => {
    window.shared = [];
    Object.defineProperty(navigator, "canShare", {value: ({files}) => files.every(f => f.type === "text/plain")});
    Object.defineProperty(navigator, "share", {value: async ({files}) => {
        if (how === "no") throw new DOMException("no", "AbortError");
        window.shared.push([files[0].name, await files[0].text()]);
    }});
}"""


def test_a_phone_that_shares_texts_shares_the_file_as_one(open_page, field_file):
    with open_page(field_file, "phone", locale="en-US") as (page, seen):
        page.locator("#send-button").click()
        assert page.locator("#said").inner_text() == "Nothing filled in yet"
        mark(page, 2, "not_done")
        page.evaluate(SHARE, "no")
        page.locator("#send-button").click()
        page.get_by_text("Not sent; everything is still on this page.").wait_for()
        assert "not sent yet" in page.locator("#kept").inner_text()
    with open_page(field_file, "phone", locale="en-US") as (page, seen):
        mark(page, 2, "not_done")
        page.evaluate(SHARE, "yes")
        page.locator("#send-button").click()
        page.get_by_text("Stops without a reason: 2.").wait_for()
        [[name, content]] = page.evaluate("window.shared")
        assert name == "report-2024-08-16-C00-r1.txt"
        jsonschema.Draft202012Validator(report_schema()).validate(json.loads(content))
        assert "not sent yet" not in page.locator("#kept").inner_text()
        assert seen.errors == []


WALK = """() => {
    navigator.geolocation.watchPosition = (moved) => {
        window.walked = (metres) => moved({coords: {longitude: 106.53, latitude: 38.86 + metres * 9e-6, accuracy: 9}});
        return 7;
    };
}"""


def test_a_track_only_for_those_who_switch_it_on(open_page, field_file):
    with open_page(field_file, "phone", locale="en-US", **HERE) as (page, seen):
        box = page.get_by_label("Record my track while this page is open")
        assert not box.is_checked()
        assert page.get_by_text("record a GPX file with another app").is_visible()
        mark(page, 1, "done")
        assert "track" not in sent(page)[1]
        page.evaluate(WALK)
        box.check()
        for metres in (0, 4, 30, 33):
            page.evaluate("metres => window.walked(metres)", metres)
        assert page.locator("#track-count").inner_text() == "Points recorded: 2", "a point every ten metres"
        report = sent(page)[1]
        jsonschema.Draft202012Validator(report_schema()).validate(report)
        assert [one["lat"] for one in report["track"]] == [38.86, 38.86027]
        box.uncheck()
        page.get_by_role("button", name="Delete the track").click()
        assert "track" not in sent(page)[1]
        assert seen.errors == []


def test_a_place_can_be_chosen_by_keyboard(open_page, field_file):
    with open_page(field_file, "desk", locale="en-US") as (page, seen):
        page.locator("#hazard-button").focus()
        page.keyboard.press("Enter")
        assert page.evaluate("document.activeElement.id") == "hazard-type"
        page.keyboard.press("Escape")
        assert not page.locator("dialog[open]").count()
        assert page.evaluate("document.activeElement.id") == "hazard-button", "back where it was"
        page.keyboard.press("Enter")
        page.get_by_role("button", name="Save").click()
        assert page.locator("dialog .fault").inner_text() == "Choose a type, or describe it."
        page.locator("#hazard-description").fill("x")
        page.get_by_role("button", name="Save").click()
        assert page.locator("dialog .fault").inner_text() == "Give the place."
        page.get_by_role("button", name="Tap on the map").focus()
        page.keyboard.press("Enter")
        page.get_by_role("button", name="At the centre").focus()
        page.keyboard.press("Enter")
        centre = page.evaluate("Patrol.map.getCenter()")
        assert f"{centre['lat']:.5f} N" in page.locator("dialog .place-text").inner_text()
        page.get_by_label("At a stop").select_option("3")
        page.get_by_role("button", name="Save").click()
        report = sent(page)[1]
        assert report["hazards"][0]["task_id"] == page.evaluate("Patrol.shift.stops[2].task_id")
        assert seen.errors == []


def test_both_languages_follow_phone_switch_and_choice(open_page, field_file):
    with open_page(field_file, "phone", locale="en-GB") as (page, seen):
        assert page.title() == "Synthetic data · Crew 0, 2024-08-16: patrol sheet"
        mark(page, 1, "not_done")
        assert "Line 10 001-009" in page.locator("#stop-1 h3").inner_text()
        page.get_by_role("button", name="中文").click()
        assert page.title() == "虚构数据 · 第0班 2024-08-16 巡视单"
        assert "10号渠线001-009号杆" in page.locator("#stop-1 h3").inner_text()
        assert page.locator("#why-1 option").nth(1).inner_text() == "路断、无法通行"
        assert "已填 1 / 12 站" in page.locator("#kept").inner_text()
        page.locator("#hazard-button").click()
        option = page.locator("#hazard-type option[value=A01]").inner_text()
        assert option == "A01 杆塔鸟窝 (Bird nest on pole/crossarm)"
        assert seen.errors == []


@pytest.mark.parametrize("screen", ["phone", "desk"])
def test_numbers_of_the_list_lead_to_the_map(open_page, field_file, screen):
    with open_page(field_file, screen, locale="en-US") as (page, seen):
        assert page.locator(".folium-map").is_visible() == (screen == "desk")
        page.locator("#stop-4 button.no").click()
        assert page.locator(".folium-map").is_visible()
        assert "Line 10 025-033" in page.locator(".leaflet-popup-content").inner_text()
        zoom, top = page.locator(".leaflet-control-zoom").bounding_box(), page.locator(".top").bounding_box()
        assert zoom["y"] >= top["y"] + top["height"], "no control lies under the bar"
        assert seen.errors == []


@pytest.mark.parametrize(("screen", "locale", "word"), [("phone", "zh-CN", "去填写"), ("desk", "en-US", "Fill in")])
def test_the_card_of_a_stop_leads_back_to_the_list(open_page, field_file, screen, locale, word):
    with open_page(field_file, screen, locale=locale) as (page, seen):
        page.locator("#stop-9 button.no").click()
        card = page.locator(".leaflet-popup-content")
        assert card.locator(".title").inner_text().startswith("9 · ")
        card.get_by_role("button", name=word).click()
        assert page.evaluate("document.activeElement.id") == "stop-9"
        assert page.locator(".folium-map").is_visible() == (screen == "desk")
        card.wait_for(state="detached")
        item, head = page.locator("#stop-9").bounding_box(), page.locator(".top").bounding_box()
        foot = page.locator("footer.bar").bounding_box()
        assert head["y"] + head["height"] <= item["y"] < foot["y"] - 100, "its beginning is in sight"
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.closest('li').id") == "stop-9", "one goes on from there"
        page.evaluate("Patrol.openCards(Patrol.map, [0, 0], [{layer: Patrol.layers.stops, row: 0}])")
        assert page.locator(".leaflet-popup-content .card button").count() == 0, (
            "where one sets out nothing is filled in"
        )
        assert seen.errors == []


LEGEND = {
    "zh-CN": (
        "图例",
        "行车 步行 巡视（箭头为方向） 出发 7 站点（编号） 7–9 相邻几站 危急 严重 一般 架空线路 电缆 网格 道路",
    ),
    "en-US": (
        "Legend",
        "driving walking patrolling (arrow: way) where you set out 7 stop, by its code 7–9 several stops"
        " emergency serious general overhead line cable Zones Roads",
    ),
}


@pytest.mark.parametrize("locale", LEGEND)
def test_the_legend_of_the_map_unfolds(open_page, field_file, locale):
    name, rows = LEGEND[locale]
    with open_page(field_file, "phone", locale=locale) as (page, seen):
        page.locator("#map-button").click()
        legend = page.locator(".folium-map #legend")
        assert legend.locator(".legend-rows").is_visible() is False, "folded away at first"
        assert legend.inner_text().strip() == name
        legend.locator("summary").click()
        said = " ".join(legend.inner_text().split())
        at = -1
        for row in re.findall(r"\S+", rows):
            found = said.find(row, at + 1)
            assert found > at, (row, said)
            at = found
        heads = legend.locator(".head").evaluate_all("all => all.map(e => e.getBoundingClientRect().height)")
        assert max(heads) < 24, "a head is one line"
        box, around = legend.bounding_box(), page.locator(".folium-map").bounding_box()
        assert box["y"] >= around["y"]
        assert box["y"] + box["height"] <= around["y"] + around["height"]
        page.locator(".leaflet-control-layers-toggle").focus()
        page.keyboard.press("Enter")
        layers, box = page.locator(".leaflet-control-layers-list").bounding_box(), legend.bounding_box()
        assert box["y"] >= layers["y"] + layers["height"] or box["x"] + box["width"] <= layers["x"], "they take turns"
        assert seen.errors == []


def test_reads_without_script_in_both_languages(open_page, field_file, field_world):
    with open_page(field_file, "phone", java_script_enabled=False) as (page, seen):
        assert page.locator("li.stop").count() == 12
        assert "10号渠线001-009号杆" in page.locator("#stop-1").inner_text()
        assert "Line 10" not in page.locator("#stop-1").inner_text()
        assert not page.locator(".folium-map").is_visible()
        assert not page.locator(".doing").first.is_visible()
        page.locator("#tools").get_by_text("English").click()
        assert "Line 10 001-009" in page.locator("#stop-1").inner_text()
        assert "10号渠线" not in page.locator("#stop-1").inner_text()
        page.locator("#reply summary").click()
        assert "1 done" in page.locator("#reply").inner_text()
        page.locator("#stop-1 .look summary").click()
        assert page.locator("#stop-1 .look").inner_text().count("V01 Tree/branch") == 1
        page.locator("#tools").get_by_text("中文").click()
        assert "10号渠线001-009号杆" in page.locator("#stop-1").inner_text()
        assert page.get_by_text("本计划不是工作票").is_visible()
        assert (seen.requests, seen.errors) == ([], [])


def test_an_old_browser_gets_the_list_and_is_told(open_page, field_file):
    with open_page(field_file, "phone", init="delete window.DecompressionStream") as (page, _):
        assert page.locator(".no-map-note").is_visible()
        assert page.locator("#stop-1").is_visible()


SMALL = """() => [...document.querySelectorAll("button, summary, select, a, textarea, input:not([type=checkbox])")]
    .filter(e => e.getClientRects().length && getComputedStyle(e).visibility !== "hidden" && e.className !== "skip")
    .map(e => [e.outerHTML.slice(0, 90), e.getBoundingClientRect()])
    .filter(([, box]) => box.width < 44 || box.height < 44).map(([name]) => name)"""


STILL = """async () => {
    const frame = () => new Promise(requestAnimationFrame), { map } = Patrol;
    do await frame(); while (document.getAnimations().length || (map._panAnim && map._panAnim._inProgress));
}"""


@pytest.mark.parametrize(("screen", "locale", "scheme"), [
    ("phone", "zh-CN", "light"), ("small", "en-US", "dark"), ("desk", "en-US", "light"),
])  # fmt: skip
def test_nobody_is_kept_out(open_page, field_file, screen, locale, scheme):
    """No axe violation on the list, in the form and on the map; targets fit a finger; nothing runs off the screen."""
    more = {"locale": locale, "color_scheme": scheme, **HERE}
    with open_page(field_file, "desk" if screen == "desk" else "phone", **more) as (page, seen):
        if screen == "small":
            page.set_viewport_size({"width": 320, "height": 568})

        def look():
            found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")["violations"]
            assert [(one["id"], one["nodes"][0]["html"][:120]) for one in found] == []
            assert page.evaluate(SMALL) == []
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")

        page.evaluate(AXE)
        mark(page, 1, "done")
        mark(page, 2, "partly")
        mark(page, 3, "not_done")
        page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true; })")
        look()
        begin_hazard(page, "D01")
        if screen == "phone":
            look()
        page.locator("dialog .urgent button").nth(1 if screen == "small" else 0).click()
        if screen == "small":
            look()
        page.locator("dialog .place button").first.click()
        page.locator("dialog .main").click()
        if screen != "desk":
            page.locator("#map-button").click()
        look()
        assert page.locator("#legend[open]").count() == 1
        page.locator("#legend summary").click()
        page.evaluate("""() => {
            const { map, layers: { stops } } = Patrol;
            Patrol.openCards(map, stops.position(1), [{ layer: stops, row: 1 }]);
        }""")
        page.locator(".card button").wait_for()
        page.evaluate(STILL)
        look()
        assert seen.errors == []


def hostile_world(field_world):
    """The twelve stops with hostile texts wherever somebody can write one."""
    plan, given = field_world
    told = [one.encode("utf-8", "replace").decode() for one in HOSTILE]  # no plan file can hold half a character
    frames = {}
    for start, (name, value) in enumerate(given.items()):
        if not hasattr(value, "geometry"):
            frames[name] = value
            continue
        texts = [c for c in value.select_dtypes(["object", "string"]) if c not in {"section_id", "state", "hazard_id"}]
        made = {
            c: [HOSTILE[(7 * start + k + i) % len(HOSTILE)] for i in range(len(value))] for k, c in enumerate(texts)
        }
        frames[name] = value.assign(**made)
    types = given["types"].copy()
    for k, column in enumerate(("name_en", "name_zh")):
        types[column] = [HOSTILE[(k * 40 + i) % len(HOSTILE)] for i in range(len(types))]
    document = json.loads(json.dumps(plan.document))
    for i, task in enumerate(document["tasks"].values()):
        for j, key in enumerate(("label", "label_zh", "zone_id", "first_pole", "last_pole", "due", "hazard_type")):
            task[key] = told[(i + 17 * j) % len(told)]
    shift = document["shifts"][0]
    shift.update(name=told[0], name_zh=told[15], crew_id=f"x{told[16]}")
    for i, stop in enumerate(shift["route"]):
        if stop["task_id"]:
            stop["joint"] = {
                "id": "J", "state": "proposed", "with": [told[30 + i], told[50 + i]],
                "confirmed": {told[20 + i]: told[60 + i]},
            }  # fmt: skip
            stop["aid"] = {"zones": [told[40 + i]], "why": "no_room"}
    document["project"].update(attribution=told[17], name=told[1])
    numbers = {told[18]: told[21], "power": "1'\"><script>window.pwned=1</script>", told[3]: "119"}
    return Plan(document), {**frames, "types": types, "numbers": numbers}


def test_hostile_texts_are_texts(open_page, field_world, tmp_path):
    assert len(HOSTILE) >= 60
    plan, given = hostile_world(field_world)
    file = tmp_path / "hostile.html"
    file.write_text(field_page(plan, plan.shifts[0]["shift_id"], **given, lang="en"), "utf-8")
    with open_page(file, "phone", locale="en-US", **HERE) as (page, seen):
        page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true; })")
        listed = page.locator("#stops").evaluate("e => e.textContent")
        for stop in plan.shifts[0]["route"]:
            if stop["task_id"]:
                assert text.clean(plan.tasks[stop["task_id"]]["label"]) in listed
                assert all(text.clean(who) in listed for who in stop["joint"]["with"])
        # every hostile text once as a type, a description, a note and a reason
        page.locator("#hazard-button").click()
        options = page.locator("#hazard-type").evaluate("e => e.textContent")
        assert all(text.clean(name) in options for name in given["types"]["name_en"][:-1])
        page.get_by_role("button", name="Cancel").click()
        shown = page.evaluate(
            """words => words.map(word => {
            Patrol.change("!x", state => {
                state.hazards = [{id: Patrol.uuid(), captured_at: Patrol.now(), type: "", description: word, pole: word,
                                  place: {lon: 106.5, lat: 38.8}, photos: [], taken: {}}];
            });
            Patrol.announce(word);
            return [document.querySelector("#mine .words").textContent, document.querySelector("#said").textContent];
        })""",
            [word.encode("utf-8", "replace").decode() for word in HOSTILE],
        )
        assert [one for one, _ in shown] == [word.encode("utf-8", "replace").decode() for word in HOSTILE]
        assert [one for _, one in shown] == [one for one, _ in shown]
        page.locator("#mine").get_by_role("button", name="Edit").click()
        page.get_by_role("button", name="Save").click()
        live = page.evaluate("""() => {
            const map = Patrol.map, found = [];
            Patrol.showMap(true);
            for (const layer of Object.values(Patrol.layers)) {
                if (!layer.options.card) continue;
                for (let row = 0; row < layer.table.rows; row++) {
                    const card = Patrol.card(layer, row);
                    found.push(card.querySelectorAll("script,img,svg,iframe,a,object").length);
                }
            }
            for (const zoom of [13, 17]) {
                map.setView(Patrol.layers.stops.position(1), zoom, {animate: false});
                document.querySelectorAll(".leaflet-marker-icon.button").forEach(icon => icon.click());
                if (document.querySelector("dialog[open]")) document.querySelector("dialog").close();
            }
            [...document.querySelectorAll("[data-stop] button.no")].slice(0, 4).forEach(button => button.click());
            return Math.max(...found);
        }""")
        assert live == 0
        name, report = sent(page)
        jsonschema.Draft202012Validator(report_schema()).validate(report)
        assert re.fullmatch(r"[\w.-]+", name)
        page.get_by_role("button", name="中文").click()
        assert page.evaluate("window.pwned") is None
        assert RUN not in page.evaluate("[...document.querySelectorAll('script:not([type])')].map(e => e.src).join()")
        assert (seen.requests, seen.errors, seen.dialogs) == ([], [], [])


def test_the_policy_stops_what_gets_in_all_the_same(open_page, field_file):
    with open_page(field_file, "desk") as (page, seen):
        page.evaluate("""() => {
            document.body.insertAdjacentHTML("beforeend",
                '<img src="x" onerror="window.pwned=1"><svg onload="window.pwned=1"></svg>');
            const script = document.createElement("script");
            script.textContent = "window.pwned = 1";
            document.body.append(script);
            fetch("https://example.org/").catch(() => {});
        }""")
        page.wait_for_timeout(200)
        assert page.evaluate("window.pwned") is None
        assert sum("Content Security Policy" in error for error in seen.errors) >= 3
