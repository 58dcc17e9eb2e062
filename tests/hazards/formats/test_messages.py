"""Pasted chat messages: who wrote when, which line and pole; doubts are told and nothing is dropped in silence."""

import time
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from patrol.errors import IntakeError, PatrolError
from patrol.hazards.formats.mentions import mentions
from patrol.hazards.formats.messages import read_messages
from patrol.hazards.keys import content_key
from patrol.hazards.model import REPORT_COLUMNS, IntakeContext

NOW = "2024-08-16T04:00:00.000000Z"  # noon at Shanghai
CONTEXT = IntakeContext("Asia/Shanghai", NOW, party="villager")


def read(text, context=CONTEXT, **more):
    return read_messages(text, "chat.txt", context, **more)


def codes(intake, level="suspicion"):
    return [finding.code.removeprefix("messages.") for finding in intake.findings if finding.level == level]


def one(text, context=CONTEXT):
    intake = read(text, context)
    assert len(intake.reports) == 1, intake.reports["description"].tolist()
    return intake.reports.iloc[0]


@pytest.mark.parametrize(
    ("text", "line", "pole"),
    [
        ("城关线37-38号杆有鸟窝", "城关线", "37-38"),
        ("城关线37至38号杆有鸟窝", "城关线", "37-38"),
        ("城关线37号到38号杆之间有鸟窝", "城关线", "37-38"),
        ("城关线37、38号杆之间有鸟窝", "城关线", "37-38"),
        ("在城关线5号杆,6号杆之间有风筝", "城关线", "5-6"),
        ("城关线三十七号杆有鸟窝", "城关线", "37"),
        ("城关线三十七至三十八号杆有鸟窝", "城关线", "37-38"),
        ("城关线一百零五号杆有鸟窝", "城关线", "105"),
        ("１０ｋＶ城关线０３７＃杆有鸟窝", "城关线", "037"),
        ("10kV城关线012号杆附近有人放风筝", "城关线", "012"),
        ("611崇岗线37#鸟窝", "611崇岗线", "37"),
        ("城关线#37鸟窝", "城关线", "37"),
        ("城关线012B03鸟窝", "城关线", "012B03"),
        ("城关线12支3号杆鸟窝", "城关线", "12支3"),
        ("高庄支线5号杆鸟窝", "高庄支线", "5"),
        ("城关线高庄支线5号杆鸟窝", "城关线高庄支线", "5"),
        ("我刚才路过城关线第37号电线杆看到鸟窝", "城关线", "37"),
        ("今天下午3点城关线5号杆有鸟窝", "城关线", "5"),
        ("8月12号城关线5号杆有鸟窝", "城关线", "5"),
        ("城关线,37号杆,有鸟窝", "城关线", "37"),
        ("Chengguan line poles 37-38 bird nest", "Chengguan line", "37-38"),
        ("bird nest on the Chengguan line, pole 37", "Chengguan line", "37"),
        ("kite between poles 37 and 38 of Chengguan feeder", "Chengguan feeder", "37-38"),
        ("Gaozhuang branch line pole no. 5: kite", "Gaozhuang branch line", "5"),
        ("feeder F611 pole #12 nest", "F611", "12"),
        ("F611 037号杆 鸟窝", "F611", "037"),
        ("13812345678城关线5号杆鸟窝", "城关线", "5"),
    ],
)
def test_lines_and_poles_as_people_write_them(text, line, pole):
    report = one(text)
    assert (report["feeder_ref"], report["pole_ref"]) == (line, pole)
    assert codes(read(text)) == ["no_time"]


@pytest.mark.parametrize(
    "text",
    [
        "线掉下来了",
        "拉线断了",
        "树枝碰到电线",
        "离线路很近",
        "10kV线路",
        "导线断股",
        "there is a low hanging line",
        "wire on the ground",
    ],
)
def test_wires_are_no_lines(text):
    assert mentions(text).lines == ()
    assert codes(read(text)) == ["no_time", "no_line", "no_pole"]


@pytest.mark.parametrize(
    "text", ["2号变压器", "8月12号", "3号楼", "13812345678", "2024-08-16 09:12", "106.54,38.91", "10kV", "12号下午"]
)
def test_other_numbers_are_no_poles(text):
    assert mentions(text).poles == ()


def test_every_form_of_chat():
    intake = read(
        "张三 2024-08-16 09:12\n城关线37-38号杆有鸟窝\n请尽快处理\n"
        "[2024/8/16 09:13] 李四: 陶乐线012号杆有人放风筝\n"
        "2024-08-16 9:14:33 钱七(12345678)\n城关线1号杆树障\n"
        "2024年8月16日 上午9:15 孙八：城关线2号杆树障\n"
        "16/08/2024, 09:16 - Li Si: Chengguan line pole 3 bird nest\n"
        "周九: 城关线4号杆树障\n"
        "城关线5号杆树障 2024-08-16 09:17\n"
        "2024-08-16 09:18 城关线6号杆树障\n"
    )
    reports = intake.reports
    assert list(reports["person_name"]) == ["张三", "李四", "钱七", "孙八", "Li Si", "周九", "", ""]
    assert reports["person_contact"][2] == "12345678"
    assert list(reports["pole_ref"]) == ["37-38", "012", "1", "2", "3", "4", "5", "6"]
    at = [f"{when:%H:%M}" for when in reports["captured_at"].dt.tz_convert("Asia/Shanghai")]
    assert at == ["09:12", "09:13", "09:14", "09:15", "09:16", "12:00", "09:17", "09:18"]
    assert reports["description"][0] == "城关线37-38号杆有鸟窝\n请尽快处理"
    assert list(reports["row"]) == list(range(1, 9))
    assert codes(intake) == ["no_time"], "only Zhou gives no time"
    assert (reports["source"] == "messages").all()
    assert (reports["external_id"] == "").all()


@pytest.mark.parametrize(
    ("head", "local", "doubt"),
    [
        ("昨天 18:30", "2024-08-15 18:30", "part_time"), ("09:30", "2024-08-16 09:30", "part_time"),
        ("23:30", "2024-08-15 23:30", "part_time"), ("下午3:05", "2024-08-15 15:05", "part_time"),
        ("8月15日 10:00", "2024-08-15 10:00", "part_time"), ("12月15日 10:00", "2023-12-15 10:00", "part_time"),
        ("2024-08-16 09:12", "2024-08-16 09:12", None), ("2024-02-30 09:12", None, "time"),
    ],
)  # fmt: skip
def test_times_as_chats_write_them(head, local, doubt):
    intake = read(f"张三 {head}\n城关线37号杆有鸟窝")
    when = intake.reports["captured_at"][0]
    assert pd.isna(when) if local is None else when == pd.Timestamp(local, tz="Asia/Shanghai")
    assert codes(intake) == ([doubt] if doubt else [])
    assert intake.reports["person_name"][0] == "张三"


def test_one_line_typed_by_hand_is_of_now():
    report = one("城关线37-38号杆有鸟窝")
    assert report["captured_at"] == pd.Timestamp(NOW)
    assert report["party"] == "villager"
    assert report["description"] == "城关线37-38号杆有鸟窝"


@pytest.mark.parametrize("mark", [",", ";", "!", "?", "\uff0c", "\uff1b", "\uff01", "\uff1f"])
def test_both_widths_of_a_mark_end_a_clause(mark):
    got = read(f"城关线3号杆有鸟窝{mark}5号杆倒了{mark}9号杆拉线松了").reports
    assert got["pole_ref"].tolist() == ["3", "5", "9"]
    assert got["description"].tolist()[2] == "9号杆拉线松了"
    assert got["description"].str.strip(mark).tolist()[1] == "5号杆倒了"
    assert set(got["feeder_ref"]) == {"城关线"}


def test_several_poles_in_separate_sentences_are_several_reports():
    intake = read("[2024-08-16 09:12] 李四: 高庄支线5号杆歪了。6号杆拉线断了,7号杆有鸟窝!陶乐线8号杆树障")
    reports = intake.reports
    assert list(reports["pole_ref"]) == ["5", "6", "7", "8"]
    assert list(reports["feeder_ref"]) == ["高庄支线"] * 3 + ["陶乐线"]
    assert set(reports["row"]) == {1}
    assert list(reports["description"]) == ["高庄支线5号杆歪了。", "6号杆拉线断了", "7号杆有鸟窝!", "陶乐线8号杆树障"]
    assert codes(intake) == ["line_before", "line_before"], "6 and 7 are taken to be on the line named before"


@pytest.mark.parametrize(
    ("text", "poles"),
    [
        ("城关线12、15和18号杆有树障", ["12", "15", "18"]), ("城关线12号杆、15号杆、18号杆有树障", ["12", "15", "18"]),
        ("城关线37、38、39号杆有树障", ["37", "38", "39"]), ("城关线12号杆,15号杆,18号杆有树障", ["12", "15", "18"]),
        ("城关线12和15号杆有鸟窝", ["12", "15"]), ("Chengguan feeder poles 12, 15 and 18: nests", ["12", "15", "18"]),
        ("城关线37、38号杆之间有鸟窝", ["37-38"]), ("城关线5号杆倒向6号杆", ["5"]),
    ],
)  # fmt: skip
def test_a_list_of_poles_is_a_report_each(text, poles):
    got = read(text)
    assert got.reports["pole_ref"].tolist() == poles
    assert ("several_poles" in codes(got)) == (len(poles) > 1 or "6号杆" in text)
    assert got.reports["description"].nunique() == 1


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("F4 12号杆有鸟窝", "F4"), ("HV1 pole 3 nest", "HV1"), ("f4的12号杆有鸟窝", "F4"),
        ("nest on HV-7 near the road", "HV-7"),
        ("高庄北12号杆有鸟窝", "高庄北"), ("West Hill pole 3 leaning", "WEST HILL"),
        ("新城关线12号杆有鸟窝", "新城关线"),
    ],
)  # fmt: skip
def test_names_of_the_projects_own_lines_are_recognised(text, line):
    names = ("F4", "HV1", "HV-7", "高庄北", "West Hill", "城关线", "7")
    assert one(text, replace(CONTEXT, lines=names))["feeder_ref"] == line


def test_short_codes_before_a_pole_are_lines_in_any_project():
    assert one("F4 12号杆有鸟窝")["feeder_ref"] == "F4"
    assert one("A4纸大的鸟窝在12号杆")["feeder_ref"] == ""


def test_a_sentence_without_a_place_belongs_to_the_one_before():
    assert one("城关线5号杆有鸟窝。很大。请尽快处理")["description"] == "城关线5号杆有鸟窝。很大。请尽快处理"
    assert one("城关线5号杆有鸟窝。5号杆还有树障")["pole_ref"] == "5"


def test_doubts_are_told_with_the_row_and_the_report_is_kept():
    intake = read("ok\n城关线5号杆和陶乐线交叉处线太低\n有鸟窝\n城关线3号、9号、12号杆都有鸟窝\n城关线有鸟窝")
    assert intake.reports["pole_ref"].tolist() == ["5", "", "3", "9", "12", ""]
    told = [(f.row, f.code.removeprefix("messages.")) for f in intake.findings if f.level == "suspicion"]
    assert {t for t in told if t[1] != "no_time"} == {
        (2, "two_lines"), (3, "no_line"), (3, "no_pole"), (4, "several_poles"), (5, "no_pole"),
    }  # fmt: skip
    assert "3, 9, 12" in next(f.what for f in intake.findings if f.code == "messages.several_poles")


@pytest.mark.parametrize(
    "text",
    [
        "收到",
        "好的,谢谢!",
        "ok",
        "OK 👍",
        "[图片]",
        "[微笑][微笑]",
        "<Media omitted>",
        "👍👍",
        "。。。",
        "hello",
        "thank you",
        "张三撤回了一条消息",
    ],
)
def test_small_talk_is_rejected_with_the_reason(text):
    intake = read(f"[2024-08-16 09:12] 李四: {text}\n王五: 城关线5号杆鸟窝")
    assert list(intake.rejected["row"]) == [1]
    assert "says nothing of a hazard" in intake.rejected["reason"][0]
    assert text in intake.rejected["message"][0]
    assert codes(intake, "rejected") == ["no_report"]


def test_a_picture_with_words_is_a_report():
    assert one("[图片] 城关线5号杆鸟窝[微笑]")["description"] == "城关线5号杆鸟窝"


@pytest.mark.parametrize(
    ("text", "doubts"),
    [
        ("106.54,38.91", ["datum"]), ("38.91,106.54", ["datum"]), ("北纬38.91,东经106.54", ["datum"]),
        ("106.54E 38.91N", ["datum"]), ("38.91°N, 106.54°E", ["datum"]), ("１０６．５４，３８．９１", ["datum"]),
        ("lat 38.91 lon 106.54", ["datum"]),
    ],
)  # fmt: skip
def test_coordinates_in_the_text(text, doubts):
    intake = read(f"[2024-08-16 09:12] 李四: 有人放风筝 {text}")
    report = intake.reports.iloc[0]
    assert (report["lon"], report["lat"]) == (106.54, 38.91)
    assert codes(intake) == doubts, "a place by coordinates needs neither line nor pole"


def test_coordinates_of_unclear_order_are_told():
    intake = read("[2024-08-16 09:12] a: kite 85.31,27.71")
    assert codes(intake) == ["order", "datum"]
    assert intake.reports["lon"][0] == 85.31
    west = read("[2024-08-16 09:12] a: kite 33.45S 70.66W").reports.iloc[0]
    assert (west["lon"], west["lat"]) == (-70.66, -33.45)


def test_a_declared_system_is_converted():
    gcj = IntakeContext("Asia/Shanghai", NOW, crs="GCJ-02")
    report = one("风筝 116.42703,39.90245", gcj)
    assert report["lon"] == pytest.approx(116.42079, abs=2e-5)
    assert report["lat"] == pytest.approx(39.90105, abs=2e-5)
    with pytest.raises(IntakeError, match="names no coordinate reference system"):
        read("风筝", IntakeContext("Asia/Shanghai", NOW, crs="Mars"))


def test_equipment_is_named_too():
    report = one("新建村2号台区变压器漏油")
    assert report["equipment_ref"] == "新建村2号台区"
    assert codes(read("新建村2号台区变压器漏油")) == ["no_time"]


def test_names_and_numbers_are_masked_everywhere_but_in_the_identity():
    intake = read(
        "李小四 2024-08-16 09:12\n城关线5号杆鸟窝,李小四报,电话138 1234 5678,王大锤也看到了\n"
        "王大锤 2024-08-16 09:13\n是的,李小四说得对,身份证640221198001011234\n"
    )
    shown = " ".join(intake.reports["description"]) + " ".join(map(str, intake.findings))
    for secret in ("李小四", "王大锤", "138", "5678", "640221"):
        assert secret not in shown
    assert list(intake.reports["person_name"]) == ["李小四", "王大锤"]
    assert "[name]报,电话[phone],[name]也看到了" in intake.reports["description"][0]


def test_what_is_before_a_colon_and_no_name_stays_in_the_text():
    for text in ("鸟窝:城关线5号杆", "地点:城关线5号杆", "bird nest: Chengguan line pole 5"):
        assert one(text)["description"] == text
        assert one(text)["person_name"] == ""


def test_the_same_file_gives_the_same_reports_on_any_day():
    text = "城关线37号杆有鸟窝\n城关线37号杆有鸟窝\n张三 昨天 18:30\n城关线5号杆歪了。6号杆树障\n李四 2024-08-01 08:00"
    text += "\n城关线9号杆鸟窝"
    later = IntakeContext("Asia/Shanghai", "2024-09-20T00:00:00Z", party="villager")
    first, second = (content_key(read(text, context, file=True).reports) for context in (CONTEXT, later))
    assert list(first) == list(second)
    assert first.is_unique
    typed = [content_key(read("城关线37号杆有鸟窝", context).reports)[0] for context in (CONTEXT, later)]
    assert typed[0] != typed[1], "typed again on another day it is another report"


def test_the_frame_is_whole():
    reports = read("城关线37号杆有鸟窝").reports
    assert list(reports.columns) == list(REPORT_COLUMNS)
    assert reports["row"].dtype == np.int64
    assert str(reports["captured_at"].dtype) == "datetime64[us, UTC]"
    assert (reports["record"] == "hazard").all()


@pytest.mark.parametrize("text", ["", "  \n ", "\ufeff", "\u202e"])
def test_nothing_is_refused(text):
    with pytest.raises(IntakeError, match="there is no text"):
        read(text)


@pytest.mark.parametrize(
    "text",
    [
        "号" * 50_000, "1" * 50_000, "5号杆," * 5_000, "a-" * 25_000, "哈" * 40 + "x", "[" * 20_000, "线" * 20_000,
        "城关线5号杆鸟窝。" * 500,
        "a: " * 10_000, "1.11," * 5_000, "二" * 20_000, "=cmd|' /C calc'!A0 {{x}} <script>", "\x00鸟窝\ud800",
    ],
    ids=range(13),
)  # fmt: skip
def test_hostile_text_costs_little(text):
    start = time.process_time()
    intake = read(text)
    assert time.process_time() - start < 3
    assert len(intake.reports) + len(intake.rejected) >= 1
    assert not intake.reports["description"].str.contains("[\x00-\x09\ud800]").any()


PIECES = st.sampled_from(
    ["城关线", "37", "号杆", "#", "-", "至", "三十七", "有鸟窝", "\n", "张三", " ", "2024-08-16 09:12", "昨天 9:00",
     ":", "：", "[", "]", ",",
     "。", "106.54", "38.91", "pole ", "line ", "[图片]", "收到", "打13812345678,", "25:99", "99月99日 1:00",
     "99/99/9999, 09:00 - x: y", "\u202e"]
)  # fmt: skip


@settings(max_examples=100)
@given(st.one_of(st.lists(PIECES, max_size=14).map("".join), st.text(max_size=80)))
def test_any_text_gives_reports_or_an_error_one_can_act_on(text):
    try:
        intake = read(text)
    except PatrolError:
        return
    assert list(intake.reports.columns) == list(REPORT_COLUMNS)
    assert set(intake.reports["row"]).isdisjoint(intake.rejected["row"].astype(int))
    assert "13812345678" not in " ".join(intake.reports["description"])


def test_days_between_strokes_are_those_of_the_messages_below():
    content = (
        "—————  2024-08-16  —————\n\n张三  09:12\n\n城关线50号杆有鸟窝\n\n李四  09:15\n城关线61号杆拉线松了\n\n"
        "—————  2024-08-17  —————\n王五  08:01\n城关线70号杆断线了\n2024-08-18 10:30\n赵六: 城关线72号杆歪了\n"
    )
    made = read_messages(content, "w.txt", IntakeContext("Asia/Shanghai", "2024-08-20T04:00:00.000000Z"), file=True)
    times = made.reports["captured_at"].dt.tz_convert("Asia/Shanghai").dt.strftime("%m-%d %H:%M")
    assert times.tolist() == ["08-16 09:12", "08-16 09:15", "08-17 08:01", "08-18 10:30"]
    assert not made.reports["description"].str.contains("—").any()
    assert (made.reports["external_id"] == "").all()
    assert not [one for one in made.findings if "not given" in one.what]


def test_a_day_in_the_words_is_the_day_unless_it_is_to_come():
    context = IntakeContext("Asia/Shanghai", NOW)
    day = read_messages("2024年8月10日上午在城关线45号杆发现鸟窝", "m", context).reports["captured_at"]
    assert day.dt.tz_convert("Asia/Shanghai").dt.strftime("%m-%d").tolist() == ["08-10"]
    for words in ("城关线45号杆有鸟窝,2024年9月1日停电", "停电2024年13月40日,城关线45号杆有鸟窝"):
        assert read_messages(words, "m", context).reports["captured_at"].tolist() == [pd.Timestamp(NOW)]


@pytest.mark.parametrize("talk", ["@张三 收到", "群聊记录", "@所有人 好的"])
def test_small_talk_is_no_hazard(talk):
    assert read_messages(talk, "m", IntakeContext("Asia/Shanghai", NOW)).reports.empty
