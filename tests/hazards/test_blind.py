"""What cannot be taken in is still read for emergencies, and nobody's name or number is shown for it."""

import pandas as pd

from patrol.hazards.blind import MAX_BYTES, lines_of, read_blind, set_aside_rows
from patrol.hazards.model import REPORT_COLUMNS, Intake, IntakeContext, empty_frame

CONTEXT = IntakeContext("Asia/Shanghai", "2024-08-20T00:00:00.000000Z", columns={"description": "诉求"})


def aside(**cells):
    rejected = pd.DataFrame([{"row": 1, "reason": "断线落地 is in the reason", "format": "csv", **cells}])
    return set_aside_rows(Intake(empty_frame(REPORT_COLUMNS), rejected), CONTEXT)


def test_cells_are_told_by_their_headings_and_the_rest_are_words():
    told = aside(
        线路="城关线",
        杆号="12",
        诉求="断线落地 张三丰 13812345678",
        上报人="张三丰",
        电话="1381",
        x="more",
        状态="已闭环",
    )
    (row,) = told.to_dict("records")
    assert (row["feeder_ref"], row["pole_ref"], row["given_state"]) == ("城关线", "12", "closed")
    assert row["description"].startswith("断线落地")
    assert row["description"].endswith("more")
    for hidden in ("张三丰", "1381", "reason"):
        assert hidden not in row["description"]


def test_a_heading_nobody_knows_hides_nothing():
    assert aside(**{"group/what": "断线落地"})["description"].tolist() == ["断线落地"]
    assert set_aside_rows(Intake(empty_frame(REPORT_COLUMNS), pd.DataFrame(columns=["row", "reason"])), CONTEXT).empty


def test_an_exercise_of_a_warning_service_is_not_called_in():
    rejected = pd.DataFrame([{"row": 1, "reason": "status Exercise", "info/event": "山火"}])
    assert set_aside_rows(Intake(empty_frame(REPORT_COLUMNS), rejected, form="cap"), CONTEXT).empty
    assert len(set_aside_rows(Intake(empty_frame(REPORT_COLUMNS), rejected, form="kobo"), CONTEXT)) == 1


def test_lines_of_what_is_text_each_once(tmp_path):
    path = tmp_path / "x"
    for raw, lines in (
        (b"a\n b \na\n\n", ["a", "b"]),
        ("断线落地\n".encode("gb18030"), ["断线落地"]),
        (b"a\0b", []),
        (b"\x81\xff\xff", []),
        (b"", []),
        (("{" + "x" * 300 + ',"断线落地"}').encode(), ["x" * 200, "断线落地"]),
    ):
        path.write_bytes(raw)
        assert lines_of(path)["description"].tolist() == lines
    assert lines_of(tmp_path / "none").empty
    with path.open("wb") as file:
        file.truncate(MAX_BYTES + 1)
    assert lines_of(path).empty


def test_good_rows_and_rows_set_aside_are_read_and_other_files_line_by_line(tmp_path):
    (tmp_path / "a.csv").write_text(
        "线路,杆号,诉求,日期\n城关线,1,鸟窝,2024-08-01\n城关线,2,倒杆,2199-08-01\n", "utf-8"
    )
    (tmp_path / "b.txt").write_text("Dear all\nwire down at the mill\nregards\nus", "utf-8")
    found = read_blind([tmp_path / "a.csv", tmp_path / "b.txt", tmp_path / "none"], CONTEXT)
    assert [frame["description"].tolist() for frame in found] == [
        ["鸟窝"], ["倒杆"], ["Dear all", "wire down at the mill", "regards", "us"], [],
    ]  # fmt: skip
