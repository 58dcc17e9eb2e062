"""Emergencies are called in at once, whoever says so and however little is believed of them."""

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from patrol.config import PlanningSettings
from patrol.hazards.emergency import MAX_LINES, call_now, is_chinas_by_default
from patrol.hazards.model import HAZARD_COLUMNS, REPORT_COLUMNS, empty_frame
from patrol.hazards.taxonomy import UNCLASSIFIED, load_types

TYPES = load_types()
NUMBERS = PlanningSettings().emergency_numbers


def hazards(*rows):
    frame = empty_frame(HAZARD_COLUMNS, len(rows)).assign(open=True, state="reported")
    for place, row in enumerate(rows):
        for name, value in row.items():
            frame.loc[place, name] = value
    missing = frame["hazard_class"] == ""
    frame.loc[missing, "hazard_class"] = frame.loc[missing, "type"].map(TYPES["default_class"])
    return frame


def reports(*rows):
    frame = empty_frame(REPORT_COLUMNS, len(rows)).assign(record="hazard")
    for place, row in enumerate(rows):
        for name, value in row.items():
            frame.loc[place, name] = value
    return frame


def test_a_downed_conductor_in_both_languages():
    rows = hazards({"type": "D01", "feeder_id": "F611", "pole_no": "037", "lon": 106.5, "lat": 38.9})
    assert call_now(rows, TYPES, NUMBERS, "zh") == [
        "立即拨打 供电 95598, 消防 119，不要等计划：",
        "  立即拨打 | F611 037号杆 106.50000,38.90000: 断线落地/导线过低",
        "  远离断落的导线和倒下的电杆至少 8 米，不要靠近触碰，拦住行人和牲畜，等供电人员到场。",
    ]
    english = call_now(rows, TYPES, NUMBERS, "en")
    assert english[0] == "CALL NOW power 95598, fire service 119. Do not wait for a plan:"
    assert english[1] == "  CALL NOW | F611 pole 037 106.50000,38.90000: Conductor on the ground or too low"
    assert english[2].startswith("  Stay 8 m away")


def test_nothing_is_printed_for_what_can_wait():
    assert (
        call_now(hazards({"type": "A01"}, {"type": UNCLASSIFIED, "description": "有响声"}), TYPES, NUMBERS, "zh") == []
    )
    assert call_now(hazards(), TYPES, NUMBERS, "en") == []
    assert call_now(pd.DataFrame(), TYPES, NUMBERS, "en") == []


@pytest.mark.parametrize("code", TYPES.index[TYPES["default_class"] == "emergency"])
@pytest.mark.parametrize("party", ["villager", "sensor"])
def test_every_emergency_type_whoever_says_so(code, party):
    lines = call_now(hazards({"type": code, "party": party, "confidence": 0.0}), TYPES, NUMBERS, "en")
    assert len(lines) >= 2
    assert TYPES.loc[code, "name_en"] in lines[1]
    assert "place unknown" in lines[1]
    assert any("8 m" in line for line in lines) == (code in {"D01", "D02", "D03"})


@pytest.mark.parametrize(
    "said", ["电线那边冒烟,不知道怎么回事", "地膜着火", "杆子那里炸了", "sparks and a loud noise", "smth fell down"]
)
def test_an_unclassified_report_with_a_word_of_an_emergency_counts(said):
    for kind in (UNCLASSIFIED, "Z99", "", None):
        lines = call_now(hazards({"type": kind, "description": said, "hazard_class": "serious"}), TYPES, NUMBERS, "zh")
        assert said in lines[1]
        assert "8 米" in lines[2], "nobody knows whether a conductor is down"


def test_reports_count_as_they_were_read_before_anyone_classified_them():
    rows = reports(
        {"description": "线掉下来了", "feeder_ref": "城关线", "pole_ref": "37-38"}, {"description": "有鸟窝"}
    )
    lines = call_now(rows, TYPES, NUMBERS, "zh")
    assert lines[1] == "  立即拨打 | 城关线 37-38号杆: 断线落地/导线过低"
    assert len(lines) == 3
    assert call_now(reports({"type_ref": "倒杆"}), TYPES, NUMBERS, "zh")[1].endswith("地点不明: 倒杆")
    assert call_now(reports({"type_ref": "电杆着火?"}), TYPES, NUMBERS, "en")


def test_what_is_over_is_not_called_in():
    over = [{"state": "closed"}, {"state": "refuted"}, {"open": False}]
    assert call_now(hazards(*({"type": "D01", **row} for row in over)), TYPES, NUMBERS, "zh") == []
    over = [{"given_state": "closed"}, {"record": "request"}, {"record": "alert"}]
    assert call_now(reports(*({"type_ref": "D01", **row} for row in over)), TYPES, NUMBERS, "zh") == []


@pytest.mark.parametrize(
    ("kind", "party", "days"), [("F01", "villager", 30), ("F03", "sensor", 3), ("D01", "villager", None)]
)
def test_what_has_long_passed_is_not_called_in_but_what_has_no_time_is(kind, party, days):
    now = pd.Timestamp("2024-08-16T00:00Z")
    ago = [(days or 400) + 0.1, (days or 400) - 0.1, None]
    rows = reports(*({"type_ref": kind, "party": party, "pole_ref": str(i)} for i in range(3)))
    rows["captured_at"] = pd.to_datetime([now - pd.Timedelta(days=n) if n else None for n in ago], utc=True)
    lines = call_now(rows, TYPES, NUMBERS, "en", now=now)
    shown = [line.split()[4].rstrip(":") for line in lines if line.startswith("  CALL NOW | pole")]
    assert shown == (["1", "2"] if days else ["0", "1", "2"]), "a conductor lies there until somebody mends it"
    assert sum("| pole" in line for line in call_now(rows, TYPES, NUMBERS, "en")) == 3


def test_a_class_set_by_hand_counts():
    assert call_now(hazards({"type": "A01", "hazard_class": "emergency"}), TYPES, NUMBERS, "en")
    assert not call_now(hazards({"type": "E01", "hazard_class": "general"}), TYPES, NUMBERS, "en")


def test_many_are_counted_and_the_same_is_said_once():
    rows = hazards(*({"type": "F03", "pole_no": str(i // 2)} for i in range(2 * MAX_LINES + 6)))
    lines = call_now(rows, TYPES, NUMBERS, "en")
    assert len(lines) == 1 + MAX_LINES + 1
    assert lines[-1] == "  and 3 more places"


@pytest.mark.parametrize(
    ("zone", "numbers", "chinas"),
    [
        ("Asia/Shanghai", NUMBERS, False), ("Asia/Urumqi", NUMBERS, False), ("Asia/Chongqing", NUMBERS, False),
        ("Asia/Kathmandu", NUMBERS, True), ("Europe/Berlin", NUMBERS, True), ("", NUMBERS, False),
        ("Asia/Kathmandu", {"power": "1150", "fire": "101"}, False),
        ("Asia/Tokyo", {"power": "0120", "fire": "119"}, False),
        ("Asia/Kathmandu", {"power": "95598", "fire": "101"}, True),
    ],
)  # fmt: skip
def test_china_s_numbers_are_said_to_be_china_s(zone, numbers, chinas):
    assert is_chinas_by_default(numbers, zone) == chinas
    lines = call_now(hazards({"type": "F01"}), TYPES, numbers, "en", timezone=zone)
    assert any("China" in line for line in lines) == chinas


def test_a_project_s_own_numbers_are_printed():
    lines = call_now(hazards({"type": "F01"}), TYPES, {"power": "1150", "ambulance\n": "102"}, "en")
    assert lines[0].startswith("CALL NOW power 1150, ambulance 102.")


def test_the_frame_stays_as_it_was():
    rows = hazards({"type": "D01"}, {"type": None, "description": None})
    before = rows.copy()
    call_now(rows, TYPES, NUMBERS, "zh")
    pd.testing.assert_frame_equal(rows, before)


@settings(max_examples=60)
@given(st.text(), st.text(max_size=10), st.text(max_size=10))
def test_lines_are_one_line_each_and_harmless(said, line, pole):
    rows = hazards({"type": UNCLASSIFIED, "description": "着火" + said, "feeder_id": line, "pole_no": pole})
    for text in call_now(rows, TYPES, NUMBERS, "zh"):
        assert text.isprintable() or not any(ord(char) < 32 for char in text)
        assert "\u202e" not in text
