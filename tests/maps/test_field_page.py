"""The field page as it is written: what it says without script, what it keeps to itself, how large it is."""

import copy
import json
import re
from html import unescape

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from patrol import text
from patrol.hazards.at_stops import NEAR_M
from patrol.hazards.emergency import DOWN
from patrol.hazards.taxonomy import load_types
from patrol.maps.field_facts import safe_words, stop_facts
from patrol.maps.field_layers import BLOCKS, field_frames
from patrol.maps.field_page import field_page, field_pages
from patrol.maps.surroundings import REACH_M, around
from patrol.plan import Plan, check_form, plan_sha256, plan_tag, stop_codes
from patrol.words import say


def seen_words(page, lang):
    """What a reader of one language sees without script."""
    body = page[page.index("<body>") : page.index('<script type="application/json"')]
    other = "en" if lang == "zh" else "zh"
    body = re.sub(rf'<span data-in="{other}"[^>]*>.*?</span>', "", body)
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", body)))


def changed(plan, **parts):
    return Plan({**copy.deepcopy(plan.document), **parts})


def frames_of(given):
    return {name: value for name, value in given.items() if isinstance(value, gpd.GeoDataFrame)}


def test_the_invented_plan_has_the_form_of_a_plan(field_world):
    assert check_form(field_world[0].document, "plan") == []


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_list_says_everything_in_order_without_script(field_world, field_html, lang):
    plan, _ = field_world
    shift, said = plan.shifts[0], seen_words(field_html, lang)
    assert "本计划不是工作票" in said
    assert "This plan is not a work permit" in said
    assert plan_tag(plan) in said
    codes, at = stop_codes(plan), -1
    for position, stop in enumerate(shift["route"]):
        if not stop["task_id"]:
            continue
        label = plan.tasks[stop["task_id"]]["label_zh" if lang == "zh" else "label"]
        code = codes[shift["shift_id"], position]
        found = said.index(f"{code} {stop['arrive'][11:16]}–{stop['leave'][11:16]} {label}")
        assert found > at, "in the order of the day"
        at = found
    legs = {
        "zh": ("行车 3.6 公里，6 分钟", "步行 3.6 公里，6 分钟"),
        "en": ("drive 3.6 km, 6 min", "walk 3.6 km, 6 min"),
    }[lang]
    assert said.count(legs[1]) == 1, "the leg on foot is told apart"
    assert said.count(legs[0]) > 8
    assert ("001 → 009 号杆" if lang == "zh" else "poles 001 → 009") in said
    assert ("消防" if lang == "zh" else "fire service") in said
    joint = {
        "zh": "共同作业，约定 10:00：第1班、消防。 已确认 消防 : 2024-08-15 确认",
        "en": "Together at 10:00 with Crew 1, fire service: confirmed fire service : confirmed 2024-08-15",
    }[lang]
    assert joint in said
    aid = {
        "zh": "跨网格支援：第0网格 原因：该网格排不下。",
        "en": "help for zone Zone 0 Why: its own zone has no room.",
    }
    assert aid[lang] in said, "the zone that is helped, not those of the crew"
    assert f"{plan_tag(plan)} 1 {'完成' if lang == 'zh' else 'done'}" in said, "how to answer by message"
    assert ("先打电话" if lang == "zh" else "call first") in said
    assert 'href="tel:95598"' in field_html


def test_codes_go_on_from_crew_to_crew_and_are_the_numbers_of_the_map(field_world):
    plan, given = field_world
    second = plan.shifts[1]
    codes = {at: code for (of, at), code in stop_codes(plan).items() if of == second["shift_id"]}
    page = field_page(plan, second["shift_id"], **given, lang="zh")
    assert re.findall(r'data-code="(\d+)"', page) == [str(code) for code in codes.values()]
    assert min(codes.values()) == 13
    stops = field_frames(Plan({**plan.document, "shifts": [second]}), codes, **frames_of(given))["stops"]
    assert stops["number"].tolist() == [0, *codes.values()]


def test_every_stop_has_the_links_of_every_app(field_html):
    for stop in re.findall(r'<li class="stop".*?</li>(?=<li class="(?:stop|break|end)"|</ol>)', field_html, re.DOTALL):
        found = re.findall(r'href="(geo:|om:|https://[a-z.]+/)', stop)
        assert found == [
            "geo:", "https://uri.amap.com/", "https://api.map.baidu.com/", "https://apis.map.qq.com/",
            "https://www.google.com/", "om:",
        ]  # fmt: skip


def test_pages_ask_for_nothing(field_html, inflated):
    for tag in re.findall(r"<[a-zA-Z][^>]*>", field_html):
        assert not re.search(r"\s(src|srcset|action|data|poster|style|on\w+)\s*=", tag), tag
        assert not tag.startswith("<link"), tag
    assert "default-src 'none'" in field_html
    for name in ("code-style", "code-patrol", "code-map"):
        assert not re.search(rb"\burl\((?!data:|#|none)|@import", inflated(field_html)[name])


def test_the_fixed_part_of_a_page_is_under_180_kb(field_world):
    """A page of a crew that has nowhere to go, with the whole table of hazard types for the form."""
    plan, given = field_world
    shift = copy.deepcopy(plan.shifts[0])
    shift["route"], shift["legs"] = [shift["route"][0], shift["route"][-1]], []
    bare = {name: value.iloc[:0] for name, value in frames_of(given).items()}
    page = field_page(changed(plan, shifts=[shift]), shift["shift_id"], **{**given, **bare}, lang="zh")
    assert len(page.encode()) <= 180_000


def test_what_is_drawn_lies_within_a_kilometre(field_world):
    plan, given = field_world
    codes = {at: code for (of, at), code in stop_codes(plan).items() if of == plan.shifts[0]["shift_id"]}
    drawn = field_frames(Plan({**plan.document, "shifts": plan.shifts[:1]}), codes, **frames_of(given))
    utm = "EPSG:32648"  # where the county lies
    way = shapely.union_all([*drawn["stops"].geometry.to_crs(utm), *drawn["routes"].geometry.to_crs(utm)])
    near = way.buffer(REACH_M, quad_segs=64)
    for name in BLOCKS:
        shapes = drawn[name].geometry.to_crs(utm)
        assert len(shapes), name
        assert shapely.covers(near, shapes.to_numpy()).all(), name
    whole = given["roads"].to_crs(utm).length.sum()
    assert 0 < drawn["roads"].to_crs(utm).length.sum() < whole / 2


def test_lines_through_the_ground_are_cut_and_stray_touches_dropped():
    spot = gpd.GeoSeries([shapely.Point(500_000, 4_300_000)], crs=32648).to_crs(4326)
    near = around(spot)
    through = shapely.LineString([(490_000, 4_300_000), (510_000, 4_300_000)])
    twice = shapely.LineString([(499_500, 4_290_000), (499_500, 4_310_000), (500_500, 4_310_000), (500_500, 4_290_000)])
    beside = shapely.LineString([(505_000, 4_290_000), (505_000, 4_310_000)])
    frame = gpd.GeoDataFrame({"name": ["a", "b", "c"]}, geometry=[through, twice, beside], crs=32648)
    cut = near.lines(frame)
    assert cut["name"].tolist() == ["a", "b", "b"]
    assert cut.to_crs(32648).length.iloc[0] == pytest.approx(2 * REACH_M, abs=3)
    square = gpd.GeoDataFrame(
        {"name": ["z"]}, geometry=[shapely.box(499_900, 4_290_000, 600_000, 4_400_000)], crs=32648
    )
    assert near.areas(square).to_crs(32648).area.iloc[0] < np.pi * REACH_M**2
    outline = near.lines(square).to_crs(32648)
    assert outline.length.sum() == pytest.approx(2 * np.sqrt(REACH_M**2 - 100**2), abs=5), "no edge where it was cut"
    assert near.points(frame.iloc[:0]).empty


@given(st.lists(st.tuples(st.floats(-4000, 4000), st.floats(-4000, 4000)), min_size=2, max_size=6, unique=True))
@settings(max_examples=40)
def test_whatever_line_comes_nothing_farther_than_a_kilometre_stays(offsets):
    spot = gpd.GeoSeries([shapely.Point(500_000, 4_300_000)], crs=32648)
    line = shapely.LineString([(500_000 + x, 4_300_000 + y) for x, y in offsets])
    cut = around(spot.to_crs(4326)).lines(gpd.GeoDataFrame({"name": ["a"]}, geometry=[line], crs=32648)).to_crs(32648)
    disk = spot.iloc[0].buffer(REACH_M, quad_segs=64)
    assert shapely.covers(disk, cut.geometry.to_numpy()).all()
    inner = line.intersection(spot.iloc[0].buffer(REACH_M - 12, quad_segs=8)).length  # a polygon is not quite round
    assert inner - 1e-3 <= cut.length.sum() <= line.intersection(disk).length + 1e-3


SECRETS = {
    "reporter": "欧阳举报", "phone": "13995012345", "leader": "慕容网格长", "care": "独居老人司徒家",
    "customers": 918273, "ecm": 736455, "grade": "特级用户甲", "hospital": "县人民医院专变", "other": "别人的班组",
}  # fmt: skip


def planted(world_frames, given):
    """The frames with secrets in every column where a project could hold them."""
    sections = given["sections"].assign(
        customers_interrupted=SECRETS["customers"], ecm_per_fault=SECRETS["ecm"], critical_why="important_user",
        owner=SECRETS["grade"], important_weight=SECRETS["customers"],
    )  # fmt: skip
    said = [
        f"{SECRETS['reporter']}来电说树碰线，电话{SECRETS['phone']}",
        f"杨树碰线 {SECRETS['leader']}",
        SECRETS["phone"],
    ]
    hazards = given["hazards"].assign(
        description=[said[i % 3] for i in range(len(given["hazards"]))],
        party="villager", reporter=SECRETS["reporter"], contact=SECRETS["phone"], ecm_per_fault=SECRETS["ecm"],
    )  # fmt: skip
    equipment = given["equipment"].assign(
        important=[SECRETS["grade"] if i % 2 else "" for i in range(len(given["equipment"]))],
        customers=SECRETS["customers"], name=SECRETS["hospital"], name_zh=SECRETS["hospital"], kind="transformer",
        owner=SECRETS["grade"],
    )  # fmt: skip
    zones = given["zones"].assign(leader=SECRETS["leader"], parent=SECRETS["reporter"])
    return {**given, "sections": sections, "hazards": hazards, "equipment": equipment, "zones": zones}


def test_no_secret_reaches_a_page(world, field_world, inflated):
    plan, given = field_world
    document = copy.deepcopy(plan.document)
    for task in document["tasks"].values():
        task.update(critical_why="important_user", prize_milli_ecm=SECRETS["ecm"])
    document["shifts"][1].update(name=SECRETS["other"], name_zh=SECRETS["other"])
    del document["shifts"][0]["route"][2]["joint"]  # the one other crew that may be named
    document["figures"]["customers"] = SECRETS["customers"]
    people = {SECRETS["leader"], SECRETS["care"]}
    page = field_page(
        Plan(document), document["shifts"][0]["shift_id"], **planted(world.frames, given), people=people, lang="zh"
    )
    everything = page.encode() + b"".join(inflated(page).values())
    for name, secret in SECRETS.items():
        assert str(secret).encode() not in everything, name
        assert text.html(secret).encode() not in everything, name
    mine = {stop["task_id"] for stop in document["shifts"][0]["route"]}
    for other in document["shifts"][1:]:
        for stop in other["route"]:
            if stop["task_id"] not in {"", *mine}:
                assert f'"{stop["task_id"]}"'.encode() not in everything, "another route"
    shown = json.loads(inflated(page)["data-shift"])
    assert set(shown) == {"plan_sha256", "crew_id", "party", "date", "stops", "types", "numbers"}
    assert shown["plan_sha256"] == plan_sha256(Plan(document))
    assert all(
        set(stop) == {"code", "task_id", "kind", "lon", "lat", "label", "label_zh", "poles", "type"}
        for stop in shown["stops"]
    )


def columns_of(block):
    size = int.from_bytes(block[:4], "little")
    return {column["k"] for column in json.loads(block[4 : 4 + size])["cols"]}


def test_no_column_is_packed_but_those_named(field_html, inflated):
    for name, (_, columns) in BLOCKS.items():
        assert columns_of(inflated(field_html)[f"data-{name}"]) <= set(columns)
    assert "party" not in BLOCKS["hazards"][1]


@pytest.mark.parametrize(("words", "kept"), [
    ("杨树距导线约1.5米", True), ("near house 3, 约 3 米", True), ("马家湾村东头有鸟窝", True), ("", False),
    ("张建国反映树枝碰线", False), ("树枝碰线,打13995012345", False), ("村民李四家门前树障", False),
    ("我是王大力", False), (None, False),
    ("mail a@b.cn", False), ("reported by Li Na", False), ("慕容网格长说树碰线", False),
    ("树枝碰线 [phone]", True),
])  # fmt: skip
def test_words_that_name_somebody_stay_at_the_office(words, kept):
    assert bool(safe_words(words, {"慕容网格长"})) == kept


def test_facts_are_those_of_the_place(field_world):
    plan, given = field_world
    shift = plan.shifts[0]
    section = given["sections"].iloc[0]
    middle = section.geometry.interpolate(0.5, normalized=True)
    spots = [middle, shapely.Point(middle.x + NEAR_M * 3, middle.y + NEAR_M * 3), middle, middle]
    hazards = gpd.GeoDataFrame({
        "hazard_id": ["open", "far", "closed", "later"], "type": ["V01", "V01", "A01", "no such"],
        "state": ["reported", "reported", "closed", "reported"], "hazard_class": ["emergency", "", "", ""],
        "reported": pd.to_datetime(["2024-08-01", "2024-08-01", "2024-05-01", "2024-09-01"]),
        "closed": pd.to_datetime([None, None, "2024-05-20", None]), "pole_no": ["012", "", "013", ""],
        "description": ["杨树", "", "", ""],
    }, geometry=spots, crs=given["sections"].crs)  # fmt: skip
    types = load_types()
    sections = given["sections"].assign(placement="overhead", line_name="Line 10", line_name_zh="10号线")
    facts = stop_facts(
        plan, shift, sections=sections, hazards=hazards, types=types, likely=given["likely"], names=(),
    )[1]  # fmt: skip
    assert [(one.hazard_id, one.grade, one.words, one.day) for one in facts.open] == [
        ("open", "emergency", "杨树", "2024-08-01")
    ]
    assert [(one.hazard_id, one.type_zh, one.day) for one in facts.past][-1] == ("closed", "杆塔鸟窝", "2024-05-20")
    assert [code for code, _, _ in facts.watch] == ["V01", "A01"], "in the order of the frame"
    assert facts.last_patrol == ("" if pd.isna(section["last_patrol"]) else section["last_patrol"].date().isoformat())
    assert (facts.feeder, facts.feeder_zh) == ("Line 10", "10号线")
    for unknown in (pd.DataFrame(), given["likely"].iloc[1:], given["likely"][[]]):
        without = stop_facts(
            plan, shift, sections=sections, hazards=hazards.iloc[:0], types=types, likely=unknown, names=()
        )[1]  # fmt: skip
        assert without.watch == (), "without a picture of the risk no types are named"


def test_a_hazard_is_known_at_its_own_place_though_the_car_stays_elsewhere(field_world):
    plan, given = field_world
    document = copy.deepcopy(plan.document)
    shift = document["shifts"][0]
    at = next(i for i, stop in enumerate(shift["route"]) if stop["task_id"].startswith("H:"))
    shift["route"][at]["lon"] += 0.002
    facts = stop_facts(
        Plan(document), shift, sections=given["sections"], hazards=given["hazards"].assign(state="reported"),
        types=given["types"], likely=given["likely"], names=(),
    )  # fmt: skip
    assert shift["route"][at]["task_id"] in {f"H:{one.hazard_id}" for one in facts[at].open}


def hazard_at(given, *spots, **columns):
    """Return open hazards of tree branches at places in the frames' own CRS."""
    table = {
        "hazard_id": [f"N{i}" for i in range(len(spots))], "type": "V01", "state": "reported", "description": "",
        "hazard_class": "serious", "reported": pd.Timestamp("2024-08-01"), "pole_no": "012",
    }  # fmt: skip
    return gpd.GeoDataFrame(
        pd.DataFrame({**table, **columns}, index=range(len(spots))), geometry=list(spots), crs=given["sections"].crs
    )


def test_a_hazard_is_of_a_stop_within_a_span_or_so_and_no_farther(field_world):
    plan, given = field_world
    line = given["sections"].geometry.iloc[0]
    a, b = (np.array(line.interpolate(share, normalized=True).coords[0]) for share in (0.20, 0.21))
    aside = (b - a)[::-1] * [1, -1] / np.hypot(*(b - a))
    hazards = hazard_at(given, *(shapely.Point(a + aside * metres) for metres in (55, 66)))
    facts = stop_facts(
        plan, plan.shifts[0], sections=given["sections"], hazards=hazards, types=given["types"],
        likely=given["likely"], names=(),
    )  # fmt: skip
    assert [one.hazard_id for one in facts[1].open] == ["N0"]


def drawn(plan, given, **more):
    names = ("sections", "roads", "zones", "places", "water", "poles", "hazards", "equipment")
    shift = plan.shifts[0]
    codes = {at: code for (of, at), code in stop_codes(plan).items() if of == shift["shift_id"]}
    return field_frames(changed(plan, shifts=[shift]), codes, **{name: given[name] for name in names} | more)


def test_equipment_of_an_important_user_has_no_name_and_a_switch_has(field_world):
    plan, given = field_world
    equipment = given["equipment"].assign(kind="switch", name="Ward 3", name_zh="三号", important=None)
    assert set(drawn(plan, given, equipment=equipment)["equipment"]["name_zh"]) == {"三号"}
    hidden = drawn(plan, given, equipment=equipment.assign(important="1"))["equipment"]
    assert set(hidden["name"]) | set(hidden["name_zh"]) == {""}


def test_the_map_has_what_is_open_on_the_day_and_no_other_hazard(field_world):
    plan, given = field_world
    spot = given["sections"].geometry.iloc[0].interpolate(10)
    hazards = hazard_at(
        given, *[spot] * 4, state=["reported", "closed", "refuted", "reported"],
        reported=pd.to_datetime(["2024-08-16", "2024-08-01", "2024-08-01", "2024-08-17"]), pole_no=list("1234"),
    )  # fmt: skip
    assert drawn(plan, given, hazards=hazards)["hazards"]["pole_no"].tolist() == ["1"]


def test_what_somebody_wrote_is_text_in_the_list(field_world):
    plan, given = field_world
    spot = given["sections"].geometry.iloc[0].interpolate(10)
    hazards = hazard_at(given, spot, description="<u>2 m</u> & {{7*7}}", pole_no="<i>9</i>")
    numbers = {"<s>power": "955-98<b>"}
    page = field_page(plan, plan.shifts[0]["shift_id"], **{**given, "hazards": hazards, "numbers": numbers}, lang="zh")
    assert text.html("<u>2 m</u> & {{7*7}}") in page
    assert 'href="tel:95598"' in page
    assert not re.search("<u>|<s>|<i>|98<b>|49 *&amp;", page[: page.index('<script type="application/json"')])


def test_of_what_belongs_to_a_customer_only_notice_is_served(field_world, field_html):
    plan, given = field_world
    tasks = copy.deepcopy(plan.tasks)
    tasks[plan.shifts[0]["route"][1]["task_id"]]["asset_owner"] = "慕容酒家"
    page = field_page(changed(plan, tasks=tasks), plan.shifts[0]["shift_id"], **given, lang="zh")
    said = say("maps.notice_only", "zh")
    assert (seen_words(page, "zh").count(said), seen_words(field_html, "zh").count(said)) == (1, 0)
    assert "慕容" not in page


def test_a_wire_down_and_a_fire_are_called_in_before_anything_else(field_html, inflated, field_world):
    types = field_world[1]["types"]
    calls = {row[0]: row[4] for row in json.loads(inflated(field_html)["data-shift"])["types"]}
    fires = types.index[(types["category"] == "fire") & (types["default_class"] == "emergency")]
    grave = types.index[types["default_class"] == "emergency"].difference([*fires, *DOWN])
    assert len(fires)
    assert len(grave)
    assert {calls[code] for code in [*fires, *DOWN]} == {2}
    assert {calls[code] for code in grave} == {1}
    assert {calls[code] for code in calls if code not in {*fires, *DOWN, *grave}} == {0}


def test_any_crs_and_bare_frames_give_a_page(field_world, field_html):
    plan, given = field_world
    moved = {name: value.to_crs(4326) for name, value in frames_of(given).items()}
    first = plan.shifts[0]["shift_id"]
    assert field_page(plan, first, **{**given, **moved}, lang="zh") == field_html
    bare = {name: value[["geometry"]] for name, value in frames_of(given).items()}
    bare["sections"] = given["sections"][["section_id", "geometry"]]
    assert field_page(plan, first, **{**given, **bare}, lang="en")
    none = {name: value.iloc[:0].set_crs(None, allow_override=True) for name, value in bare.items()}
    assert field_page(plan, first, **{**given, **none, "likely": pd.DataFrame(), "numbers": {}}, lang="en")


def test_the_callers_frames_and_plan_stay_as_they_were(field_world):
    plan, given = field_world
    before, document = {name: value.copy() for name, value in frames_of(given).items()}, copy.deepcopy(plan.document)
    field_page(plan, plan.shifts[0]["shift_id"], **given, lang="en")
    assert plan.document == document
    for name, value in before.items():
        pd.testing.assert_frame_equal(pd.DataFrame(value), pd.DataFrame(given[name]))


def test_a_page_for_every_shift_under_a_name_of_its_own(field_world):
    plan, given = field_world
    document = copy.deepcopy(plan.document)
    document["shifts"] = document["shifts"][:4]
    for shift, crew in zip(document["shifts"], ("A/1", "A?1", "a:1", "../../etc"), strict=True):
        shift.update(crew_id=crew, shift_id=f"{shift['date']}/{crew}")
    names = [name for name, _ in field_pages(Plan(document), **given, lang="zh")]
    assert names == [
        "2024-08-16-A-1.html", "2024-08-16-A-1-2.html", "2024-08-16-a-1-3.html", "2024-08-16-etc.html",
    ]  # fmt: skip
    with pytest.raises(KeyError):
        field_page(plan, "no such shift", **given, lang="zh")


def test_numbers_of_china_are_doubted_elsewhere(field_world):
    plan, given = field_world
    project = {**plan.document["project"], "timezone": "Europe/Amsterdam"}
    page = field_page(changed(plan, project=project), plan.shifts[0]["shift_id"], **given, lang="en")
    assert "These are China" in page
    page = field_page(plan, plan.shifts[0]["shift_id"], **given, lang="en")
    assert "These are China" not in page


def test_emergencies_near_the_way_are_named_first(field_world):
    plan, given = field_world
    first = plan.shifts[0]["shift_id"]
    calm = given["hazards"].assign(hazard_class="general")
    urgent = calm.assign(hazard_class=["emergency", *["general"] * (len(calm) - 1)], state="reported")
    said = seen_words(field_page(plan, first, **{**given, "hazards": urgent}, lang="zh"), "zh")
    assert "未消除的危急隐患（1处）" in said
    assert said.index("未消除的危急隐患") < said.index("供电企业 · 汽车")
    assert "危急隐患（" not in seen_words(field_page(plan, first, **{**given, "hazards": calm}, lang="zh"), "zh")
