"""The printed sheet: what a crew is told, what it must never be told, and hostile text that stays text."""

import re
from html.parser import HTMLParser

import pandas as pd
import pytest
import shapely

from hostile import HOSTILE
from paper_cases import drawn_of, frame, hazard, hostile_plan, known_of, made_hostile, metric
from patrol import text
from patrol.plan import plan_tag
from patrol.reports.sheet_words import MAX_CHARS
from patrol.reports.sheets import sheet_page

TAGS = {
    "html", "head", "meta", "title", "style", "body", "main", "article", "section", "header", "div", "p", "span", "b",
    "h1", "h2", "ul", "li", "code", "table", "colgroup", "col", "thead", "tbody", "tr", "th", "td", "figure",
    "figcaption", "svg", "g", "path", "rect", "circle", "text",
}  # fmt: skip
ATTRIBUTES = {
    "lang", "charset", "http-equiv", "content", "name", "class", "colspan", "viewbox", "width", "height", "role",
    "aria-label", "aria-hidden", "x", "y", "cx", "cy", "r", "d", "transform",
}  # fmt: skip


class Reader(HTMLParser):
    """What a browser would find in a page: tags, attributes, text by language."""

    def __init__(self, page):
        super().__init__()
        self.tags, self.attributes, self.texts, self.open = [], [], [], []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += [(name, value) for name, value in attrs]
        if tag not in {"meta", "col", "path", "rect", "circle"}:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if tag in self.open:
            while self.open.pop() != tag:
                pass

    def handle_data(self, data):
        if "style" not in self.open:
            self.texts.append(data)

    @property
    def said(self):
        return " ".join(" ".join(self.texts).split())


def page_of(plan, known, numbers=(0,)):
    return sheet_page(plan, list(numbers), drawn_of(plan, known), known, title="巡视单")


def said(plan, known, number=0):
    return Reader(page_of(plan, known, [number])).said


def test_it_says_what_it_is_not_whose_it_is_and_whom_to_call(plan, known):
    words = said(plan, known)
    for part in (
        "本计划不是工作票",
        "This plan is not a work permit",
        "C1班",
        "Crew C1",
        "2024-08-16",
        "周五",
        "Fri",
        "95598",
        "119",
        "供电",
        "虚构数据",
        "Invented data",
        plan_tag(plan),
        "08:30–11:00",
    ):
        assert part in words, part


def test_each_stop_has_code_times_poles_boxes_and_what_to_look_for(plan, known):
    page, words = page_of(plan, known), said(plan, known)
    assert re.findall(r'<td class="code"><b>(\d+)</b>', page) == ["1", "2", "3"]
    assert page.count('class="box"') == 9
    for part in (
        "08:40–09:10",
        "09:20–09:50",
        "10:30–10:45",
        "城东线10-19号杆",
        "Feeder 1 10-19",
        "10 → 19",
        "29 → 20",
    ):
        assert part in words, part
    assert "超期 12 天" in words
    assert "必须完成" in words
    assert "休息" in words
    assert "三根草" in words
    assert "杆塔鸟窝" in words
    assert "已核实" in words


def test_the_reply_is_explained_with_codes_of_this_sheet(plan, known):
    tag = plan_tag(plan)
    assert f"{tag} 1 完成 2 未到 路断" in said(plan, known)
    assert f"{tag} 1 done 2 not reached road blocked" in said(plan, known)
    assert f"{tag} 4 完成" in said(plan, known, 1)


def test_both_languages_stand_on_one_sheet(plan, known):
    page = page_of(plan, known)
    assert page.count('lang="en"') > 20
    for zh, en in (("完成", "done"), ("看什么", "Look for"), ("守则", "Rules"), ("新发现的隐患", "New hazards")):
        assert f">{zh}</span> " in page
        assert f">{en}</span>" in page


def test_who_only_looks_is_told_so_and_kept_away(make_plan):
    plan = make_plan()
    rows = [hazard("9", "F1-3", "S02", type_name_zh="断杆", parties=("enterprise",), hazard_class="emergency")]
    known = known_of(plan, rows)
    villager, crew = said(plan, known, 1), said(plan, known, 0)
    assert "不要靠近" in villager
    assert "只看、只提醒、只打电话" in villager
    assert "8 米" in villager
    assert "只看、只提醒、只打电话" not in crew
    assert "另办工作票" in crew


def test_a_joint_task_says_with_whom_when_and_since_when(make_plan):
    def edit(doc):
        joint = {
            "id": "H:7", "state": "proposed", "at": "2024-08-16T10:30:00+08:00", "with": ["C2", "F9"],
            "confirmed": {"villager": "2024-08-15"},
        }  # fmt: skip
        doc["tasks"]["H:7/enterprise"] = {**doc["tasks"].pop("H:7"), "joint": "H:7", "zone_id": "Z01"}
        doc["shifts"][0]["route"][4].update(
            task_id="H:7/enterprise", joint=joint, aid={"zones": ["Z01", "Z9"], "why": "joint"}
        )

    plan = make_plan(edit)
    words = said(plan, known_of(plan))
    assert "约定 10:30 到场" in words
    assert "李家村 (村民)，已确认（2024-08-15）" in words
    assert "F9，待确认" in words
    assert "跨网格支援：西网格" in words
    assert "三根草" in words  # the hazard is found by the id of the whole


PLANTED = {
    "reporter": "赵举报",
    "phone": "13812345678",
    "leader": "马网格长",
    "household": "李护户",
    "owner": "王老板",
    "grade": "特级用户",
    "customers": "98765",
    "other": "秘密任务",
}


def planted(doc):
    """Plant what no sheet may hold where a plan, edited by hand or by a later version, might hold it."""
    for task in doc["tasks"].values():
        task.update(
            customers=98765, important=PLANTED["grade"], critical_why=PLANTED["grade"], person=PLANTED["reporter"]
        )
    doc["tasks"]["H:7"].update(asset_owner=PLANTED["owner"])
    care = {"kind": "service", "visit_kind": "care", "label": PLANTED["household"], "label_zh": PLANTED["household"]}
    doc["tasks"]["V:CARE-3"] = {**doc["tasks"]["V:1"], **care}
    doc["shifts"][0]["route"][1].update(task_id="V:CARE-3", kind="visit")
    doc["tasks"]["S:3"].update(label=PLANTED["other"], label_zh=PLANTED["other"])


def test_no_sheet_holds_what_only_the_planner_may_know(make_plan):
    plan = make_plan(planted)
    words = f"我是{PLANTED['reporter']}，电话{PLANTED['phone']}，{PLANTED['household']}门口，{PLANTED['leader']}知道"
    rows = [
        hazard("7", "F1-9", "A01", description=words, person_name=PLANTED["reporter"], customers=98765),
        hazard("8", "F1-2", "A01", description=f"有事打{PLANTED['phone']}", owner=PLANTED["owner"]),
    ]
    page = page_of(plan, known_of(plan, rows))
    assert [name for name, value in PLANTED.items() if value in page] == []
    assert "关爱走访 CARE-3" in page
    assert "用户资产：只查看" in page
    assert PLANTED["other"] in page_of(plan, known_of(plan, rows), [1])


def test_a_sheet_holds_its_own_stops_only(plan, known):
    one, other = page_of(plan, known, [0]), page_of(plan, known, [1])
    assert "城东线30-39号杆" not in one
    assert "李家村" not in one
    assert "城东线10-19号杆" not in other
    assert "C1班" not in other


def test_hostile_text_is_text_and_nothing_else(make_plan):
    for start in range(0, len(HOSTILE), 13):
        texts = HOSTILE[start:] + HOSTILE[:start]
        plan = hostile_plan(make_plan, texts)
        x, y = metric(106.5, 38.9)
        rows = [
            hazard(str(k), "F1-1", "A01", **dict.fromkeys(("description", "pole_no", "type_name", "type_name_zh"), raw))
            for k, raw in enumerate(texts[:4])
        ]
        known = known_of(
            plan,
            rows,
            numbers={raw: raw for raw in texts[:3]},
            types=pd.DataFrame({"name_en": [texts[0]], "name_zh": [texts[1]]}, index=["A01"]),
            zones=frame(
                [{"zone_id": "Z01", "name": texts[2], "name_zh": texts[3], "leader": texts[4]}],
                [shapely.box(x, y, x + 1, y + 1)],
            ),
        )
        reader = Reader(page_of(plan, known, [0, 1]))
        assert set(reader.tags) <= TAGS
        assert {name for name, _ in reader.attributes} <= ATTRIBUTES
        labels = drawn_of(plan, known).stops["label_zh"]
        assert all(" ".join(text.clean(label, limit=MAX_CHARS).split()) in reader.said for label in labels)
        assert "7 * 7" not in reader.said or "{{ 7 * 7 }}" in reader.said


def test_the_policy_lets_nothing_in_and_nothing_is_fetched(plan, known):
    page = page_of(plan, known)
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', page).group(1)
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert not re.search(r"https?://|url\(|@import|<script|<link|<img|style=", page)


def test_several_sheets_begin_on_pages_of_their_own(plan, known):
    page = page_of(plan, known, [0, 1])
    assert page.count('<article class="sheet">') == 2
    assert "break-after: page" in page


def test_a_shift_without_stops_says_so(make_plan):
    def edit(doc):
        route = doc["shifts"][0]["route"]
        doc["shifts"][0].update(route=[route[0], route[-1]], legs=[])

    plan = make_plan(edit)
    assert "当日没有站点" in said(plan, known_of(plan))


@pytest.mark.parametrize("raw", HOSTILE)
def test_every_text_of_the_corpus_reads_as_it_was_cleaned(make_plan, raw):
    plan = make_plan(lambda doc: made_hostile(doc, [raw]))
    page = page_of(plan, known_of(plan), [1])
    shown = text.clean(raw, limit=MAX_CHARS)
    assert " ".join(shown.split()) in Reader(page).said
