"""What is kept of the words and pictures of a report-back."""

import json
from datetime import UTC, datetime

from field_cases import ident, report, result, tasks_of
from patrol.field.reportback import read_report_back

NOW = datetime(2024, 8, 16, 4, tzinfo=UTC)


def read(ground, document):
    raw = json.dumps(document, ensure_ascii=False).encode()
    return read_report_back(raw, "back.json", ground, now=NOW, timezone="Asia/Shanghai")


def test_a_number_to_call_is_masked_in_reason_and_note(ground, plan):
    more = {"reason": "打13995012345没人接", "note": "房主 13995012345\n明天再去"}
    (item,) = read(ground, report(plan, results=[result(1, tasks_of(plan, "E1")[0], "not_done", **more)])).sheet.items
    assert "139" not in item.reason + item.note
    assert item.note.endswith("\n明天再去")


def test_a_picture_that_is_set_aside_is_not_copied_into_the_list(ground, plan):
    photos = [{"id": "no id", "file": "a.jpg", "sha256": "0" * 64, "data": "QUJD" * 40}]
    (aside,) = read(ground, report(plan, photos=photos)).aside
    assert aside.where == "photos 1"
    assert "QUJD" not in aside.content + aside.reason


def test_a_clock_may_be_a_quarter_of_an_hour_ahead_and_no_more(ground, plan):
    one, two = tasks_of(plan, "E1")[:2]
    results = [result(1, one, at="2024-08-16T12:14:00+08:00"), result(2, two, at="2024-08-16T12:16:00+08:00")]
    back = read(ground, report(plan, results=results))
    assert [item.task_id for item in back.sheet.items] == [one]
    assert "still to come" in back.aside[0].reason


def test_a_photo_s_id_counts_once(ground, plan):
    photo = {"id": ident(4), "file": "a.jpg", "sha256": "0" * 64}
    back = read(ground, report(plan, photos=[photo, {**photo, "file": "b.jpg"}]))
    assert [one["file"] for one in back.photos] == ["a.jpg"]
