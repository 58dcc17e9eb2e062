"""Key figures on a case small enough to be reckoned by hand: every figure is worked out in the comments."""

import io
import json
import math
import re
from datetime import date

import openpyxl
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from patrol.reports.kpi import (
    MEASURES,
    Items,
    Kpis,
    arrival_items,
    coverage_items,
    fault_items,
    hazard_items,
    kpi_table,
    report_items,
    shut_and_reopened,
    stop_items,
)
from patrol.reports.kpi_files import kpi_json, kpi_xlsx
from patrol.reports.kpi_page import kpi_page
from patrol.words import LANGUAGES, keys

FIRST, LAST, ZONE = date(2024, 7, 1), date(2024, 8, 31), "Asia/Shanghai"


def utc(text):
    return pd.Timestamp(text, tz="UTC") if text else pd.NaT


def hazards():
    """Return seven hazards. Clocks in Shanghai are eight hours ahead of these times."""
    columns = ("hazard_id", "zone_id", "owner_party", "state", "previous_id", "reported", "deadline", "rectified",
               "closed", "shut", "reopened")  # fmt: skip
    rows = [
        ("H1", "Z1", "enterprise", "closed", "", "2024-07-10", "2024-07-17", "2024-07-15", "2024-07-16", True, 0),
        # 23:59 on 31 July in Shanghai: July. Rectified in time, confirmed too late, and once opened again.
        ("H2", "Z1", "enterprise", "closed", "", "2024-07-31T15:59", "2024-08-07", "2024-08-06", "2024-08-20", True, 1),
        # A minute later it is August.
        ("H3", "Z1", "government", "verified", "", "2024-07-31T16:00", "2024-08-08", "", "", False, 0),
        # Refuted: counts nowhere, closed or not.
        ("H4", "Z2", "enterprise", "refuted", "", "2024-08-10", "2024-08-17", "", "2024-08-11", False, 0),
        ("H5", "Z2", "", "rectified", "H1", "2024-08-12", "2024-08-19", "2024-08-14", "", True, 0),
        # 30 June in Shanghai: not opened in the period, but due in it.
        ("H6", "Z2", "enterprise", "closed", "", "2024-06-30T15:59", "2024-07-07", "2024-07-05", "2024-07-05", True, 0),
        # 1 September in Shanghai: not yet.
        ("H7", "Z2", "enterprise", "closed", "", "2024-08-31T16:00", "2024-09-07", "2024-09-01", "2024-09-02", True, 0),
    ]  # fmt: skip
    frame = pd.DataFrame(rows, columns=list(columns))
    for name in ("reported", "deadline", "rectified", "closed"):
        frame[name] = pd.to_datetime([utc(text) for text in frame[name]], utc=True).astype("datetime64[us, UTC]")
    return frame


def figures(items, measure):
    """Return ``{(by, group): (numerator, denominator)}`` of a measure."""
    table = kpi_table(items)
    own = table[table["measure"] == measure]
    return {(row.by, row.group): (row.numerator, row.denominator) for row in own.itertuples()}


@pytest.fixture(scope="module")
def of_hazards():
    return hazard_items(hazards(), first=FIRST, last=LAST, timezone=ZONE)


def test_closure_and_the_reopen_rate_beside_it(of_hazards):
    assert figures(of_hazards, "closure") == {
        ("all", ""): (2, 4),  # H1 H2 of H1 H2 H3 H5
        ("zone", "Z1"): (2, 3), ("zone", "Z2"): (0, 1),  # H1 H2 of H1 H2 H3; none of H5
        ("party", "enterprise"): (2, 2), ("party", "government"): (0, 1), ("party", ""): (0, 1),
        ("month", "2024-07"): (2, 2), ("month", "2024-08"): (0, 2),  # H1 H2; none of H3 H5
    }  # fmt: skip
    reopened = figures(of_hazards, "reopened")
    assert reopened["all", ""] == (1, 3)  # H2 of those once rectified or closed: H1 H2 H5
    assert (reopened["zone", "Z1"], reopened["zone", "Z2"]) == ((1, 2), (0, 1))
    assert figures(of_hazards, "repeat")["all", ""] == (1, 4)  # H5 is H1 come back


def test_on_time_is_against_what_fell_due(of_hazards):
    on_time = figures(of_hazards, "on_time")
    assert on_time["all", ""] == (2, 5)  # H1 H6 of H1 H2 H3 H5 H6
    assert (on_time["month", "2024-07"], on_time["month", "2024-08"]) == ((2, 2), (0, 3))  # H1 H6; none of H2 H3 H5
    assert figures(of_hazards, "rectified_on_time")["all", ""] == (4, 5)  # H2 and H5, too


def test_reopening_is_counted_from_events_and_only_of_what_was_done():
    rows = [
        ("A", "rectify", 1, ""), ("A", "confirm", 2, ""), ("A", "reopen", 3, ""), ("A", "rectify", 5, ""),
        ("A", "reopen", 6, ""), ("A", "rectify", 7, ""),
        ("B", "refute", 1, ""), ("B", "reopen", 2, ""),  # nothing had been rectified
        ("C", "adopt", 4, "closed"), ("D", "adopt", 4, "verified"), ("E", "rectify", 4, ""), ("E", "reopen", 5, ""),
        ("F", "confirm", 9, ""),  # a customer's asset: closed after notice, never rectified by us
    ]  # fmt: skip
    events = pd.DataFrame(rows, columns=["hazard_id", "action", "day", "state"])
    events["at"] = [utc(f"2024-08-{day:02d}") for day in events["day"]]
    found = shut_and_reopened(events)
    day = {name: None if pd.isna(at) else at.day for name, at in found["rectified"].items()}
    assert found["reopened"].to_dict() == {"A": 2, "B": 0, "C": 0, "E": 1, "F": 0}
    assert found["shut"].to_dict() == {"A": True, "B": False, "C": True, "E": True, "F": True}
    assert day == {"A": 7, "B": None, "C": 4, "E": None, "F": 9}


def test_precision_counts_what_was_decided_by_who_reported():
    rows = [("villager", True), ("villager", False), ("villager", None), ("enterprise", True), ("sensor", False)]
    reports = pd.DataFrame(rows, columns=["party", "verdict"]).assign(zone_id="Z1", seen=utc("2024-08-01"))
    reports.loc[len(reports)] = ["villager", True, "Z1", utc("2024-08-31T16:00")]  # reported in September
    reports["seen"] = pd.to_datetime(reports["seen"], utc=True)
    found = figures({"precision": report_items(reports, first=FIRST, last=LAST, timezone=ZONE)}, "precision")
    assert found["all", ""] == (2, 4)
    assert found["party", "villager"] == (1, 2)
    assert found["party", "sensor"] == (0, 1)


def test_coverage_is_what_holds_at_each_months_end():
    def span(day, zone, party, km, cycle, last):
        return {"day": pd.Timestamp(day), "zone_id": zone, "party": party, "km": km, "cycle_days": cycle,
                "last_patrol": pd.Timestamp(last) if last else pd.NaT}  # fmt: skip

    spans = pd.DataFrame([
        span("2024-07-31", "Z1", "enterprise", 2.0, 30, "2024-07-01"),  # 30 days: just within
        span("2024-07-31", "Z2", "", 1.0, 90, ""),
        span("2024-08-31", "Z1", "enterprise", 2.0, 30, "2024-07-31"),  # 31 days: a day too old
        span("2024-08-31", "Z2", "villager", 1.0, 90, "2024-08-02"),
    ])  # fmt: skip
    assert figures({"coverage": coverage_items(spans)}, "coverage") == {
        ("all", ""): (1.0, 3.0),
        ("zone", "Z1"): (0.0, 2.0), ("zone", "Z2"): (1.0, 1.0),
        ("party", "enterprise"): (0.0, 3.0), ("party", "villager"): (1.0, 3.0),  # each against all kilometres
        ("month", "2024-07"): (2.0, 3.0), ("month", "2024-08"): (1.0, 3.0),
    }  # fmt: skip


def test_hours_of_aid_and_risk_removed_an_hour():
    stops = pd.DataFrame(
        [
            ("2024-07-31", "Z1", "enterprise", 1.5, False, 30.0),
            ("2024-08-01", "Z2", "enterprise", 0.5, True, 20.0),
            ("2024-08-01", "Z2", "villager", 2.0, False, 10.0),
        ],
        columns=["date", "zone_id", "party", "hours", "aid", "ecm"],
    )
    aid, risk = figures(stop_items(stops), "aid"), figures(stop_items(stops), "risk")
    assert aid["all", ""] == (0.5, 4.0)
    assert aid["zone", "Z2"] == (0.5, 2.5)
    assert risk["all", ""] == (60.0, 4.0)  # 15 ECM an hour
    assert risk["party", "enterprise"] == (50.0, 2.0)
    assert risk["month", "2024-08"] == (30.0, 2.5)


def test_arrival_and_interruptions():
    poles = pd.DataFrame({"date": ["2024-08-01"] * 3, "zone_id": "Z1", "party": "enterprise", "reached": [1, 0, 1]})
    assert figures({"arrival": arrival_items(poles)}, "arrival")["all", ""] == (2, 3)
    faults = pd.DataFrame(
        {
            "date": pd.to_datetime(["2024-07-01", "2024-08-02", "2024-08-20", "2024-09-01"]),
            "customers": [40.0, 60.0, 30.0, 999.0], "minutes": [10.0, 90.0, math.nan, 9.0],
        }
    )  # fmt: skip
    items = fault_items(faults, 210.0, first=FIRST, last=LAST)
    # (40 + 60 + 30) / 210, and (40 * 10 + 60 * 90) / 210: the third does not say how long
    assert figures(items, "saifi") == {("all", ""): (130, 210), ("month", "2024-07"): (40, 210),
                                       ("month", "2024-08"): (90, 210)}  # fmt: skip
    assert figures(items, "saidi")["all", ""] == (5800, 210)


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["Z1", "Z2", ""]), st.sampled_from(["enterprise", "villager", ""]),
            st.sampled_from(["2024-07", "2024-08"]), st.integers(0, 1), st.integers(1, 9),
        )
    ),
    st.integers(1, 12),
)  # fmt: skip
def test_zones_parties_and_months_add_up_to_all(rows, small):
    frame = pd.DataFrame(rows, columns=["zone", "party", "month", "numerator", "denominator"])
    table = kpi_table({"closure": Items(frame)}, small=small)
    whole = table[table["by"] == "all"].iloc[0]
    for by in ("zone", "party", "month"):
        part = table[table["by"] == by]
        assert part["numerator"].sum() == whole["numerator"]
        assert part["denominator"].sum() == whole["denominator"]
        assert part["count"].sum() == len(rows)
    assert (table["small"] == (table["count"] < small)).all()
    assert math.isnan(whole["value"]) == (whole["denominator"] == 0)


@pytest.fixture(scope="module")
def hostile(of_hazards):
    rows = of_hazards["closure"].rows.assign(zone="=1+1<script>{{7*7}}")
    notes = {"arrival": (("no_tracks", {}),)}
    project = {"name": "<b>Demo", "name_zh": "示例", "synthetic": True}
    return Kpis(project, FIRST, LAST, kpi_table({**of_hazards, "closure": Items(rows)}), notes)


def test_the_page_is_one_file_in_both_languages_without_script_or_network(hostile):
    page = kpi_page(hostile, "zh", {"zh": {"Z1": "西网格"}, "en": {"Z1": "West"}})
    assert "default-src 'none'" in page
    assert not re.search(r"<script|https?://|<b>|\{\{", page)
    assert page.index('<section lang="zh">') < page.index('<section lang="en">')
    assert "2 / 4" in page
    assert "不是工作票" in page
    assert "西网格" in page
    assert "West" in page
    assert "@page{size:A4" in page
    assert page.count("<svg") > 8
    assert kpi_page(hostile, "en") == kpi_page(hostile, "en")


def test_json_and_workbook_have_no_figure_without_what_it_is_a_share_of(hostile):
    told = json.loads(kpi_json(hostile))
    assert all({"numerator", "denominator", "count", "small"} <= row.keys() for row in told["rows"])
    assert told["notes"] == {"arrival": [{"code": "no_tracks"}]}
    for lang in LANGUAGES:
        raw = kpi_xlsx(hostile, lang)
        assert raw == kpi_xlsx(hostile, lang)
        book = openpyxl.load_workbook(io.BytesIO(raw))
        assert book.sheetnames == ["all", "zone", "party", "month", "help"]
        cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.value is not None]
        assert not [cell for cell in cells if cell.data_type == "f"]
        assert [row[4].value for row in book["all"].iter_rows(min_row=3, max_row=3)] == [2]


def test_every_figure_has_words():
    for part in ("measure", "unit", "meaning"):
        assert {f"kpi.{part}.{name}" for name in MEASURES} <= keys("en")
