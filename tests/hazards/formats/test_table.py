"""Reports in CSV and XLSX as offices keep them."""

import datetime as dt
import io
import re
import zipfile

import openpyxl
import pandas as pd
import pytest

from patrol.errors import IntakeError
from patrol.hazards.formats.table import read_table, table_and_originals
from patrol.hazards.headings import HEADINGS, match_headings, party_of
from patrol.hazards.model import REPORT_COLUMNS, IntakeContext, empty_frame

CONTEXT = IntakeContext("Asia/Shanghai", "2024-08-20T00:00:00.000000Z", crs="EPSG:4326")


def read(content, context=CONTEXT, encoding="utf-8"):
    return read_table(content.encode(encoding) if isinstance(content, str) else content, "list.csv", context)


def bare(**more):
    return IntakeContext("Asia/Shanghai", "2024-08-20T00:00:00.000000Z", **more)


def one(content, context=CONTEXT):
    intake = read(content, context)
    assert len(intake.reports) == 1, intake.findings
    return intake.reports.iloc[0]


def workbook(*sheets):
    book = openpyxl.Workbook()
    book.remove(book.active)
    for n, lines in enumerate(sheets):
        sheet = book.create_sheet(f"sheet{n}")
        for line in lines:
            sheet.append(line)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def test_chinese_headings_are_understood():
    report = one(
        "线路名称,杆塔号,发现时间,上报人,联系电话,上报单位,隐患类型,隐患描述,经度,纬度,状态,消缺日期,照片\n"
        "城关线,37,2024年8月16日 9时12分,张三丰,13812345678,城关镇供电所,鸟窝,张三丰看到鸟窝 13812345678,106.7,38.9,"
        "已整改,2024/8/18,a.jpg|b.jpg\n"
    )
    assert report["feeder_ref"] == "城关线"
    assert report["pole_ref"] == "37"
    assert str(report["captured_at"]) == "2024-08-16 01:12:00+00:00"
    assert report["party"] == "enterprise"
    assert report["type_ref"] == "鸟窝"
    assert report["description"] == "[name]看到鸟窝 [phone]"
    assert (report["person_name"], report["person_contact"]) == ("张三丰", "13812345678")
    assert (report["lon"], report["lat"]) == (106.7, 38.9)
    assert report["given_state"] == "rectified"
    assert str(report["given_closed"]) == "2024-08-17 16:00:00+00:00"
    assert report["photos"] == "a.jpg|b.jpg"
    assert report["record"] == "hazard"


def test_english_headings_are_understood_whatever_their_case_and_spaces():
    report = one("Hazard ID, LINE name ,Pole No,Reported,Party,Type,Description\nH1,F1,12,2024-08-16,staff,A01,nest\n")
    assert (report["external_id"], report["feeder_ref"], report["pole_ref"]) == ("H1", "F1", "12")
    assert (report["party"], report["type_ref"], report["precision"]) == ("enterprise", "A01", "day")


def test_the_frame_is_as_the_model_says():
    for content in ("线路,杆号\n城关线,1\n", "线路,杆号\n"):
        reports = read(content).reports
        assert reports.dtypes.astype(str).to_dict() == empty_frame(REPORT_COLUMNS).dtypes.astype(str).to_dict()
        assert list(reports) == list(REPORT_COLUMNS)


def test_every_other_name_of_a_column_finds_it():
    for column, names in HEADINGS.items():
        for name in (column, *names):
            assert match_headings([f" {name.upper()} (备注)"], {})[0].get(column), (column, name)


def test_the_projects_mapping_comes_first_and_a_wrong_one_is_told():
    context = bare(columns={"description": "备注二", "pole": "x"})
    intake = read("线路,描述,备注二\n城关线,a,b\n", context)
    assert intake.reports["description"].tolist() == ["b"]
    assert any(f.code == "intake.columns" and "'pole'" in f.what for f in intake.findings)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030"])
@pytest.mark.parametrize("mark", [",", ";", "\t"])
def test_encodings_and_delimiters(encoding, mark):
    intake = read(mark.join(["线路", "杆号"]) + "\r\n" + mark.join(["城关线", "37"]) + "\r\n", encoding=encoding)
    assert intake.reports[["feeder_ref", "pole_ref"]].to_numpy().tolist() == [["城关线", "37"]]
    assert any("gb18030" in f.what for f in intake.findings) == (encoding == "gb18030")


def test_a_title_above_the_heading_and_blank_lines_count_as_rows_do():
    intake = read("2024年隐患台账,,\n制表:运检部,,\n线路,杆号,描述\n城关线,1,a\n,,\n城关线,2,b\n")
    assert intake.reports["row"].tolist() == [1, 3]
    assert any("heading is line 3" in f.what for f in intake.findings)


@pytest.mark.parametrize(
    ("word", "parties"),
    [
        ("供电所", ("enterprise",)),
        ("城关镇供电所", ("enterprise",)),
        ("城关街道供电所", ("enterprise",)),
        ("村委会", ("government",)),
        ("网格员", ("government",)),
        ("县消防救援大队", ("fire",)),
        ("群众", ("villager",)),
        ("Fire Brigade", ("fire",)),
        ("供电所、村委会", ("enterprise", "government")),
        ("火星人", ()),
    ],
)
def test_parties_in_both_languages(word, parties):
    assert party_of(word) == parties


def test_who_is_not_known_counts_as_a_villager_and_that_is_said():
    intake = read("线路,杆号,单位\n城关线,1,火星人\n城关线,2,供电所、村委会\n城关线,3,供电所\n")
    assert intake.reports["party"].tolist() == ["villager", "villager", "enterprise"]
    assert [f.what for f in intake.findings if f.level == "suspicion"] == [
        "rows 2 name several parties ('供电所、村委会'); taken as villager".replace("rows", "row"),
        "row 1 name no known party ('火星人'); taken as villager",
    ]


def test_the_party_of_the_file_is_for_rows_that_do_not_say():
    intake = read("线路,杆号,单位\n城关线,1,\n城关线,2,消防\n", bare(party="government"))
    assert intake.reports["party"].tolist() == ["government", "fire"]


def test_a_day_and_a_clock_in_two_columns_are_one_time():
    intake = read("线路,日期,时间\n城关线,2024-08-16,9:12\n城关线,2024-08-16,\n城关线,2024-08-16,2024-08-15 08:00\n")
    assert [str(at)[:16] for at in intake.reports["captured_at"]] == [
        "2024-08-16 01:12", "2024-08-15 16:00", "2024-08-15 00:00",
    ]  # fmt: skip
    assert intake.reports["precision"].tolist() == ["s", "day", "s"]


def test_a_time_nobody_can_read_sets_its_row_aside_with_what_to_do():
    intake = read("线路,日期\n城关线,03/04/2024\n城关线,2024-08-16\n")
    assert intake.reports["row"].tolist() == [2]
    assert intake.rejected["row"].tolist() == [1]
    assert "month/day or day/month" in intake.rejected["reason"][0]
    assert "2024-08-16" in intake.rejected["reason"][0]
    assert intake.rejected["日期"].tolist() == ["03/04/2024"]
    assert [(f.row, f.level) for f in intake.findings if f.level == "rejected"] == [(1, "rejected")]


def test_coordinates_need_a_declared_system():
    intake = read("线路,杆号,经度,纬度\n,,106.7,38.9\n城关线,1,106.7,38.9\n城关线,2,,\n", bare())
    assert intake.reports["row"].tolist() == [2, 3]
    assert intake.reports["lon"].isna().all()
    assert "[intake]" in intake.rejected["reason"][0]
    assert "GCJ-02" in intake.rejected["reason"][0]
    assert any(f.code == "intake.no_crs" and "row 2" in f.what for f in intake.findings)


def test_gcj_and_projected_coordinates_are_converted():
    report = one("描述,经度,纬度\nx,116.42703,39.90245\n", bare(crs="GCJ-02"))
    assert report["lon"] == pytest.approx(116.42079, abs=1e-5)
    assert report["lat"] == pytest.approx(39.90105, abs=1e-5)
    metres = one("描述,东坐标,北坐标\nx,384234.5,4307000.0\n", bare(crs="EPSG:4545"))
    assert metres["lon"] == pytest.approx(106.66, abs=0.01)
    assert metres["lat"] == pytest.approx(38.89, abs=0.01)


def test_a_row_may_name_its_own_system():
    intake = read("描述,经度,纬度,坐标系\na,106.7,38.9,WGS84\nb,106.7,38.9,高德\nc,106.7,38.9,月球\n", bare())
    assert intake.reports["lon"][0] == 106.7
    assert 0.003 < abs(intake.reports["lon"][1] - 106.7) < 0.01
    assert intake.rejected["row"].tolist() == [3]


def test_a_project_system_that_is_none_stops_the_file():
    with pytest.raises(IntakeError, match="no coordinate reference system"):
        read("描述,经度,纬度\na,106.7,38.9\n", bare(crs="EPSG:nonsense"))


def test_degrees_under_a_system_in_metres_are_named():
    intake = read("描述,经度,纬度\na,106.7,38.9\n", bare(crs="EPSG:4545"))
    assert "look like degrees" in intake.rejected["reason"][0]


@pytest.mark.parametrize(
    ("lon", "lat"),
    [("106.5", "38.25"), ("106.5°", "38.25°"), ("E106.5", "N38.25"), ("106°30'", "38°15'0\""),
     ("106°30′00″E", "38°15′N"), ("１０６．５", "38.25"), ("东经106度30分", "北纬38度15分")],
)  # fmt: skip
def test_ways_of_writing_degrees(lon, lat):
    quoted = [f'"{cell.replace(chr(34), chr(34) * 2)}"' for cell in (lon, lat)]
    report = one(f"描述,经度,纬度\na,{','.join(quoted)}\n")
    assert (report["lon"], report["lat"]) == pytest.approx((106.5, 38.25))


@pytest.mark.parametrize(
    ("heading", "cell", "place"),
    [
        ("坐标", "106.7,38.9", (106.7, 38.9)),
        ("坐标", "38.9,106.7", (106.7, 38.9)),
        ("经纬度", "87.6，43.8", (87.6, 43.8)),
        ("坐标", "经度:87.6 纬度:43.8", None),
        ("坐标", "北纬43.8 东经87.6", (87.6, 43.8)),
        ("坐标", "87.6,43.8", None),
        ("坐标", "near the well", None),
    ],
)
def test_two_coordinates_in_one_cell(heading, cell, place):
    intake = read(f'描述,{heading}\na,"{cell}"\n')
    if place is None:
        assert intake.rejected["row"].tolist() == [1]
    else:
        assert (intake.reports["lon"][0], intake.reports["lat"][0]) == place


def test_what_lies_beyond_degrees_stays_for_the_check():
    report = one("描述,经度,纬度\na,384234,4307000\n", bare(crs="GCJ-02"))
    assert (report["lon"], report["lat"]) == (384234.0, 4307000.0)


@pytest.mark.parametrize(
    ("heading", "cell", "metres"),
    [("距首端", "350", 350), ("距首端", "350m", 350), ("距首端", "1.2公里", 1200), ("距首端(km)", "1.2", 1200),
     ("距离", "far", None), ("距离", "-5", None)],
)  # fmt: skip
def test_lengths_along_a_line(heading, cell, metres):
    intake = read(f"线路,{heading}\n城关线,{cell}\n")
    assert intake.reports["along_m"].tolist() == ([] if metres is None else [metres])


@pytest.mark.parametrize(
    ("heading", "word", "kind"),
    [
        ("业务类型", "纠纷", "dispute"),
        ("记录类型", "咨询", "consultation"),
        ("业务类型", "报装", "new_connection"),
        ("诉求类型", "停电通知", "disconnection_notice"),
        ("kind", "reconnection notice", "reconnection_notice"),
        ("类型", "宣传", "campaign"),
    ],
)
def test_requests_come_in_the_same_tables(heading, word, kind):
    report = one(f"{heading},描述,期限,时长,责任单位\n{word},王家庄,2024-09-01,40分钟,城关供电所\n")
    assert (report["record"], report["request_kind"]) == ("request", kind)
    assert (report["due"], report["minutes"], report["liaison"]) == ("2024-09-01", 40.0, "城关供电所")
    assert report["type_ref"] == ""


def test_a_record_nobody_knows_is_set_aside_not_guessed():
    intake = read("业务类型,描述\n隐患,a\n外星业务,b\nrequest,c\n")
    assert intake.reports["record"].tolist() == ["hazard"]
    assert intake.rejected["row"].tolist() == [2, 3]


def test_a_state_nobody_knows_is_told():
    intake = read("线路,杆号,状态\n城关线,1,神秘\n城关线,2,整改中\n")
    assert intake.reports["given_state"].tolist() == ["", "in_rectification"]
    assert any(f.code == "intake.state" for f in intake.findings)


def test_a_row_that_says_nothing_is_set_aside():
    intake = read("线路,杆号,状态,上报人\n城关线,1,,\n,,,张三\n")
    assert intake.reports["row"].tolist() == [1]
    assert "neither what, nor where" in intake.rejected["reason"][0]


def test_broken_quotes_cost_one_row_not_the_file():
    intake = read('线路,杆号,描述\n城关线,1,"a\nb"\n城关线,2,"x"y\n城关线,3,ok\n城关线,4,"open\n城关线,5,ok\n')
    assert intake.reports["pole_ref"].tolist() == ["1", "3", "5"]
    assert intake.reports["description"][0] == "a\nb"
    assert intake.rejected["reason"].str.contains("quotes").all()
    assert intake.rejected["row"].tolist() == [2, 4]


def test_a_row_that_is_too_wide_is_set_aside():
    intake = read("线路,杆号,描述\n城关线,1,a,b\n城关线,2\n")
    assert intake.rejected["row"].tolist() == [1]
    assert intake.reports["pole_ref"].tolist() == ["2"]


def test_hostile_text_goes_in_as_text():
    said = "{{7*7}} {% x %} <script>alert(1)</script> =cmd|'/c calc'!A1 \u202e\u0000 😀" + "长" * 1_000_000
    intake = read(f'线路,杆号,描述\n城关线,1,"{said}"\n')
    assert intake.reports["description"][0].startswith("{{7*7}} {% x %} <script>")
    assert len(intake.reports["description"][0]) == 4_000
    assert "\0" not in intake.reports["description"][0]
    assert any(f.code == "intake.cut" for f in intake.findings)


@pytest.mark.parametrize("content", [b"", b"\n\n", b"a,b\n1,2\n", b"\xff\xff\xff", b"\0" * 1000, b"PK\x03\x04junk"])
def test_what_is_no_list_of_reports_is_refused_with_words(content):
    with pytest.raises(IntakeError) as error:
        read(content)
    assert error.value.findings[0].mend


def test_a_workbook_is_read_from_its_first_sheet_with_headings():
    raw = workbook(
        [["封面"], ["某县供电公司"]],
        [
            ["隐患台账"],
            ["线路", "杆号", "发现时间", "消缺日期", "距首端"],
            ["城关线", 37, dt.datetime(2024, 8, 16, 9, 12), dt.date(2024, 8, 18), 350.5],
            [None, None, None, None, None],
            ["城关线", 38.0, dt.datetime(2024, 8, 16), 45522, None],
        ],
    )
    intake = read(raw)
    assert intake.form == "xlsx"
    assert intake.reports["row"].tolist() == [1, 3]
    assert intake.reports["pole_ref"].tolist() == ["37", "38"]
    assert [str(at)[:16] for at in intake.reports["captured_at"]] == ["2024-08-16 01:12", "2024-08-15 16:00"]
    assert intake.reports["precision"].tolist() == ["s", "day"]
    assert [str(at)[:10] for at in intake.reports["given_closed"]] == ["2024-08-17", "2024-08-17"]
    assert any("sheet 'sheet1' is read" in f.what for f in intake.findings)


def test_sheets_with_the_same_headings_are_all_read_and_others_are_told():
    raw = workbook(
        [["线路", "杆号", "描述"], ["城关线", 1, "鸟窝"], ["城关线", 2, "树障"]],
        [["说明"], ["本表由供电所填写"]],
        [["七月"], ["描述", "线路", "杆号", "我的备注"], ["风筝", "兴隆线", 3, "x"], ["", "", "", ""]],
        [["类型", "说明"], ["A01", "鸟窝"]],
    )
    intake = read(raw)
    assert intake.reports["pole_ref"].tolist() == ["1", "2", "3"]
    assert intake.reports["feeder_ref"].tolist() == ["城关线", "城关线", "兴隆线"]
    rows = intake.reports["row"].tolist()
    assert len(set(rows)) == 3
    assert rows == sorted(rows)
    told = [finding.what for finding in intake.findings]
    assert [("sheet1" in one, "2 lines" in one) for one in told if "is not read" in one] == [
        (True, True),
        (False, True),
    ]


def test_a_formula_nobody_worked_out_sets_its_row_aside():
    book = openpyxl.Workbook()
    for line in (["线路", "杆号", "描述"], ["城关线", "=30+7", "鸟窝"], ["城关线", 38, "风筝"]):
        book.active.append(line)
    out = io.BytesIO()
    book.save(out)
    intake = read(out.getvalue())
    assert intake.reports["pole_ref"].tolist() == ["38"]
    assert intake.rejected["row"].tolist() == [1]
    assert "save it in a spreadsheet first" in intake.rejected["reason"].iloc[0]
    assert intake.rejected["杆号"].tolist() == ["=30+7"]


def test_a_formula_that_gave_a_value_or_an_empty_text_is_as_good_as_any_cell():
    book = openpyxl.Workbook()
    for line in (["线路", "杆号", "描述"], ["城关线", "=30+7", '=""']):
        book.active.append(line)
    bare, out = io.BytesIO(), io.BytesIO()
    book.save(bare)
    with zipfile.ZipFile(bare) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            part = old.read(name).decode()
            part = re.sub(r"(<f>30\+7</f>)<v ?/?>(</v>)?", r"\1<v>37</v>", part)
            new.writestr(name, part.replace('<c r="C2">', '<c r="C2" t="str">'))
    intake = read(out.getvalue())
    assert intake.reports["pole_ref"].tolist() == ["37"]
    assert intake.rejected.empty


def test_a_merged_title_does_not_hide_the_heading():
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.merge_cells("A1:C1")
    sheet["A1"] = "隐患台账"
    for line in (["线路", "杆号", "描述"], ["城关线", 1, "a"]):
        sheet.append(line)
    out = io.BytesIO()
    book.save(out)
    assert read(out.getvalue()).reports["pole_ref"].tolist() == ["1"]


def test_merged_cells_count_for_each_of_their_rows_and_are_told():
    book = openpyxl.Workbook()
    sheet = book.active
    lines = (
        ["隐患台账", "", ""], ["线路", "杆号", "描述"], ["城关线", "1", "a"], ["", "2", "b"], ["", "", ""],
        ["", "4", "d"], ["通伏线", "5", "e"], ["", "6", ""],
    )  # fmt: skip
    for line in lines:
        sheet.append([cell or None for cell in line])
    for area in ("A1:C1", "A3:A6", "C7:C8"):
        sheet.merge_cells(area)
    out = io.BytesIO()
    book.save(out)
    intake = read(out.getvalue())
    reports = intake.reports
    assert reports["feeder_ref"].tolist() == ["城关线", "城关线", "城关线", "通伏线", ""]
    assert reports["pole_ref"].tolist() == ["1", "2", "4", "5", "6"], "an empty line in the middle stays empty"
    assert reports["description"].tolist() == ["a", "b", "d", "e", "e"]
    (told,) = [one for one in intake.findings if one.code == "intake.table.merged"]
    assert "A3:A6, C7:C8" in told.what


def test_rows_without_a_time_among_rows_with_one_are_named():
    rows = ["线路,杆号,发现时间", "城关线,1,2024-08-18", "城关线,2,", "城关线,3,2024-08-18"]
    (told,) = [one for one in read("\n".join(rows)).findings if one.code.endswith("no_time")]
    assert "row 2" in told.what
    bare = [",".join(row.split(",")[:2]) for row in rows]
    assert not [one for one in read("\n".join(bare)).findings if one.code.endswith("no_time")]


def test_merged_cells_that_lie_fill_nothing():
    raw = workbook([["线路", "杆号"], ["城关线", 1], [None, 2]])
    lie = b'<mergeCells><mergeCell ref="A2:A1048576"/><mergeCell ref="XFD1:XFD3"/></mergeCells>'
    changed = rezipped(
        raw, lambda name, data: data.replace(b"</sheetData>", b"</sheetData>" + lie) if "sheet1" in name else data
    )
    assert read(changed).reports["feeder_ref"].tolist() == ["城关线", "城关线"]
    many = b"<mergeCells>" + b"".join(b'<mergeCell ref="A%d:A9"/>' % n for n in range(2, 9)) + b"</mergeCells>"
    changed = rezipped(
        raw, lambda name, data: data.replace(b"</sheetData>", b"</sheetData>" + many) if "sheet1" in name else data
    )
    assert read(changed).reports["feeder_ref"].tolist() == ["城关线", "城关线"]


def rezipped(raw, change):
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(raw)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.infolist():
            new.writestr(part.filename, change(part.filename, old.read(part)))
    return out.getvalue()


def test_a_workbook_that_would_burst_or_declares_entities_is_refused():
    raw = workbook([["线路", "杆号"], ["城关线", 1]])
    bomb = rezipped(raw, lambda name, data: data + b" " * 80_000_000 if "sheet1" in name else data)
    with pytest.raises(IntakeError, match="unpack to"):
        read(bomb)
    entities = rezipped(raw, lambda name, data: b'<!DOCTYPE x [<!ENTITY a "b">]>' + data if "sheet1" in name else data)
    with pytest.raises(IntakeError, match="document type"):
        read(entities)


def test_originals_are_the_cells_of_the_good_rows():
    intake, originals = table_and_originals("线路,日期\n城关线,bad\n城关线,2024/8/16\n".encode(), "x.csv", CONTEXT)
    assert len(intake.reports) == len(originals) == 1
    assert originals.to_dict("records") == [{"线路": "城关线", "日期": "2024/8/16"}]


def test_the_sample_loads_whole(root):
    intake = read((root / "sample_data" / "hazards.csv").read_bytes())
    frame = pd.read_csv(root / "sample_data" / "hazards.csv", dtype=str)
    assert len(intake.reports) == len(frame)
    assert intake.rejected.empty
    assert intake.reports["external_id"].tolist() == frame["hazard_id"].tolist()
    assert (intake.reports["given_state"] == frame["state"]).all()
    requests = read((root / "sample_data" / "requests.csv").read_bytes()).reports
    assert (requests["record"] == "request").all()
    assert requests["due"].str.fullmatch(r"2024-08-\d\d").all()


@pytest.mark.parametrize("line", ["合计,4,,", "总计,,,12.5", "Total,4,,"])
def test_a_line_of_totals_is_no_report(line):
    made = read(f"线路,杆号,隐患类型,数量\n城关线,37,鸟窝,1\n{line}\n")
    assert made.reports["row"].tolist() == [1]
    assert "totals" in made.rejected["reason"].iloc[0]


def test_a_line_that_begins_with_total_and_says_something_is_read():
    made = read("线路,杆号,隐患类型\n合计,37,鸟窝\n")
    assert len(made.reports) == 1
