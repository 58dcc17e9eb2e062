"""What a crew's page on a phone and its printed sheet say of a stop is the same."""

import copy
import re
from dataclasses import replace
from html import unescape

import pytest

from patrol.api import draw, field_pages_of, known_of, open_project, plan_all, replan_all, write_outputs
from patrol.hazards.actions import look_parties
from patrol.plan import Plan, stop_codes
from patrol.reports.sheets import Drawn, sheet_page
from patrol.reports.stops import leg_frame, line_frame, stop_frame
from patrol.risk.lookout import SHOWN
from tiny import at, hazards, table, write_tiny

GRADE = r"(一般|严重|危急)"


def plain(html):
    """Return the Chinese of a piece of HTML."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", chinese(html))).split())


def chinese(html):
    return re.sub(r'<span (?:data-in="en" )?lang="en">.*?</span>', "", html)


def found(pattern, html):
    got = re.search(pattern, html, re.DOTALL)
    return got.group(1) if got else ""


def hazard(item):
    """Return name and pole as far as they are said, grade, and day of a hazard, from either paper."""
    words, pole = plain(item), re.search(r"\b(\d{3}(?:-\d\d)?)(?= 号杆| \[|号杆)", plain(item))
    name = re.split(r"[\s\[]", re.sub(rf"\[?{GRADE}.*", "", words).strip())[0]
    return name, pole.group(1) if pole else "", found(GRADE, words), found(r"(\d{4}-\d\d-\d\d)", words)


def of_page(html):
    stops = re.findall(r'data-code="(\d+)"(.*?)(?=<li class="(?:stop|break|end)"|</ol>)', html, re.DOTALL)
    return {int(code): page_stop(body) for code, body in stops}


def page_stop(body):
    look = chinese(body)
    types = plain(found(r"<h4>[^/]*?当季易发.*?</h4><p>(.*?)</p>", look))
    items = re.findall(r"<li>(.*?)</li>", found(r"<h4>[^/]*?此处未闭环的隐患.*?</h4><ul[^>]*>(.*?)</ul>", look))
    return {
        "types": [one.split(" ", 1)[1] for one in types.split("、") if one],
        "open": [hazard(item) for item in items],
        "aid": found(r"跨网格支援：(\S+)", plain(body)),
        "way": plain(found(r'<p class="leg[^"]*">(.*?)</p>', body)),
    }


def of_sheet(html):
    stops = re.findall(r'<td class="code"><b>(\d+)</b>(.*?)</tr>', html, re.DOTALL)
    return {int(code): sheet_stop(body) for code, body in stops}


def sheet_stop(body):
    types = plain(found(r'<p class="likely">(.*?)</p>', body)).partition("：")[2]
    items = re.findall(r"<li>(.*?)</li>", found(r'<ul class="hazards">(.*?)</ul>', body), re.DOTALL)
    return {
        "types": [one.strip() for one in types.split("、") if one.strip()],
        "open": [hazard(item) for item in items],
        "aid": found(r"跨网格支援：(\S+)", plain(body)),
        "way": plain(found(r'<p class="leg">(.*?)</p>', body)),
    }


def spread(folder):
    """More hazards: beside a line but nearer to another section, at a visit, closed, reported in the plan's days."""

    def one(number, x, y, **more):
        lon, lat = at(x, y)
        return {**hazards()[0], "hazard_id": f"HZ{number}", "pole_no": "", "lon": lon, "lat": lat, **more}

    table(folder / "hazards.csv", [
        *hazards(), one(10, 1500, 40, type="V01", reported="2024-08-01"), one(11, 1600, 620, reported="2024-08-02"),
        one(12, 1535, 30, type="S01", reported="2024-08-03", state="closed"), one(13, 1600, 590, type="F01"),
        one(14, 1470, 20, reported="2024-08-17", pole_no="025"), one(15, 640, 8, type="V01", reported="2024-08-04"),
    ])  # fmt: skip
    return folder


@pytest.fixture(scope="module")
def planned(tmp_path_factory):
    """Two days of two parties; a stop of each shift helps the zone that its task is of, one way takes seconds."""
    project = open_project(spread(write_tiny(tmp_path_factory.mktemp("alike") / "tiny")))
    planned = plan_all(project, start="2024-08-16", days=2, iterations=60)
    document = copy.deepcopy(planned.plan.document)
    document["shifts"][-1]["party"] = "villager"
    for shift in document["shifts"]:
        for stop in [one for one in shift["route"] if one["task_id"]][:1]:
            stop["aid"] = {"zones": ["Z1", "Z2"], "why": "no_room"}
            stop["travel_s"], stop["distance_m"] = 12, 40
    return replace(planned, plan=Plan(document))


@pytest.fixture(scope="module")
def pairs(planned):
    """Stop by stop what the page and the sheet of a shift say: {(shift, code): (page, sheet)}."""
    plan, known = planned.plan, known_of(planned)
    stops = stop_frame(plan, known.hazards)
    drawn = Drawn(stops, leg_frame(plan, stops), line_frame(stops, known.sections))
    out = {}
    for number, (_, page) in enumerate(field_pages_of(planned, lang="zh")):
        told, printed = of_page(page), of_sheet(sheet_page(plan, [number], drawn, known, title=""))
        assert told.keys() == printed.keys()
        out |= {(plan.shifts[number]["shift_id"], code): (told[code], printed[code]) for code in told}
    return out


@pytest.mark.parametrize("what", ["types", "open", "aid", "way"])
def test_page_and_sheet_say_the_same_of_every_stop(planned, pairs, what):
    assert len(pairs) == len(stop_codes(planned.plan))
    for stop, (page, sheet) in pairs.items():
        assert page[what] == sheet[what], stop
    assert len({str(page[what]) for page, _ in pairs.values()}) > 2 - (what == "aid"), "and not of all the same"


def test_types_are_those_that_the_party_may_be_sent_to_look_at(planned, pairs):
    types = known_of(planned).types
    may = look_parties(types)
    party = {shift["shift_id"]: shift["party"] for shift in planned.plan.shifts}
    assert set(party.values()) == {"enterprise", "villager"}
    for (shift, _), (page, _) in pairs.items():
        allowed = {types.at[code, "name_zh"] for code in may.index if party[shift] in may[code]}
        assert set(page["types"]) <= allowed
        assert len(page["types"]) <= SHOWN


def test_open_hazards_are_those_near_and_of_the_day_and_a_visit_names_its_own_first(planned, pairs):
    plan = planned.plan
    names = {
        (shift, code): plan.tasks[next(s for s in plan.shifts if s["shift_id"] == shift)["route"][place]["task_id"]]
        for (shift, place), code in stop_codes(plan).items()
    }
    days = [(stop[0][:10], one[3]) for stop, (page, _) in pairs.items() for one in page["open"]]
    assert days
    assert all(reported <= day for day, reported in days)
    visits = [stop for stop, task in names.items() if task["kind"] == "hazard"]
    assert visits
    for stop in visits:
        first, *rest = pairs[stop][0]["open"]
        assert first[:2] == ("", ""), "type and pole of its own hazard stand in the heading"
        assert all(other[0] for other in rest)
    stations = [stop for stop, task in names.items() if task["kind"] == "service"]
    assert any(pairs[stop][1]["open"] for stop in stations), "what lies beside a visit of another kind is told"


def test_a_way_takes_a_minute_and_who_is_there_has_none(pairs):
    ways = [page["way"] for page, _ in pairs.values() if page["way"]]
    assert "行车 40 米，1 分钟" in ways
    assert not [way for way in ways if " 0 分钟" in way]


def test_pages_of_a_replan_drawn_again_are_what_they_were(tmp_path):
    folder = spread(write_tiny(tmp_path / "tiny"))
    before = plan_all(folder, start="2024-08-16", days=2, iterations=60)
    write_outputs(before, tmp_path / "plan")
    again, _ = replan_all(folder, tmp_path / "plan", at="2024-08-17T08:00", iterations=60)
    pages = dict(field_pages_of(again, lang="zh"))
    assert dict(field_pages_of(draw(again.plan, folder), lang="zh")) == pages
    for plan, known in ((again.plan, True), (before.plan, False)):
        seen = set(draw(plan, folder).picture.hazards["hazard_id"])
        assert ("HZ14" in seen) == known, "reported on the day of the replan"
