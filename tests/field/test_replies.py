"""Replies by text message: codes, words, full-width letters, chats of several crews."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from field_cases import tasks_of
from patrol.field.done import stops_of
from patrol.field.replies import read_replies
from patrol.plan import plan_tag

NOW = datetime(2024, 8, 16, 12, tzinfo=UTC)


def read(ground, content):
    return read_replies(content, "chat.txt", ground, now=NOW, timezone="Asia/Shanghai")


def items(ground, content):
    return {item.task_id: item for sheet in read(ground, content).sheets for item in sheet.items}


@pytest.fixture(scope="session")
def code(plan):
    """Code of each task."""
    return {task: found[0][1] for task, found in stops_of(plan).items()}


@pytest.fixture(scope="session")
def three(plan):
    return tasks_of(plan, "E1")[:3]


FORMS = [
    "{tag}\n{a} 完成 {b} 未到 路断 {c} 部分 {p}-{q}",
    "{tag} {a}完成，{b}未到（路断），{c}部分{p}到{q}号杆",
    "{tag}\n{a} 完成\n{b} 未到 路断\n{c} 部分 {p}-{q}",
    "{tag}\n{a} done {b} not reached 路断; {c} partly {p} to {q}",
    "{a} done, {b} skipped: 路断, {c} part {p}~{q}, ok",
    "{tag}\n{c} 部分 {p}-{q}，{a} 已完成 {b} 没去 路断",
]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("wide", [False, True])
def test_forms_people_write(ground, plan, code, three, form, wide):
    a, b, c = three
    chain = ground.chains[c[2:]]
    words = form.format(tag=plan_tag(plan), a=code[a], b=code[b], c=code[c], p=chain.poles[1], q=chain.poles[3])
    if wide:
        words = words.translate({0x21 + i: 0xFF01 + i for i in range(94)} | {0x20: 0x3000})
    said = items(ground, words)
    assert {task: item.outcome for task, item in said.items()} == {a: "done", b: "not_done", c: "partly"}
    assert said[c].parts == ((1, 3),)
    assert said[a].parts == ground.chains[a[2:]].whole
    assert "路断" in said[b].reason
    assert {item.crew for item in said.values()} == {"E1"}
    assert {item.on for item in said.values()} == {"2024-08-16"}


def test_poles_may_be_written_without_their_zeros_and_with_dashes(ground, plan, code):
    trunk = next(task for task in tasks_of(plan, "E1") if ground.chains[task[2:]].poles[1].startswith("00"))
    poles = ground.chains[trunk[2:]].poles
    bare = [pole.lstrip("0") for pole in (poles[2], poles[5])]
    assert items(ground, f"{code[trunk]} 部分 {bare[0]}-{bare[1]}")[trunk].parts == ((2, 5),)
    branch = next((one for one in ground.chains.values() if "-" in one.poles[2]), None)
    assert branch is not None
    task = f"S:{branch.section}"
    if task in code:
        said = items(ground, f"{code[task]} 部分 {branch.poles[2]}-{branch.poles[4]}")
        assert said[task].parts == ((2, 4),)


def test_poles_that_are_none_of_the_section_count_for_nothing_and_that_is_told(ground, code, three):
    got = read(ground, f"{code[three[0]]} 部分 900-950")
    assert got.sheets[0].items[0].parts == ()
    assert "field.no_poles" in [one.code for one in got.findings]


def test_several_codes_and_ranges(ground, code):
    numbers = sorted(code.values())
    one, two, three = numbers[:3]
    assert len(items(ground, f"{one}、{two}、{three} 完成")) == 3
    assert len(items(ground, f"{one}-{three} done")) == 3
    got = read(ground, f"{three}-{one} done")
    assert [one.reason for one in got.aside] == [f"'{three}-{one}' is no range of codes"]


def test_the_day_is_the_messages_or_else_that_of_the_shift_and_this_is_said(ground, code, three):
    a = code[three[0]]
    timed = read(ground, f"老王 2024-08-16 10:20\n{a} 完成")
    assert timed.sheets[0].items[0].at.startswith("2024-08-16T02:20")
    assert "field.no_time" not in [one.code for one in timed.findings]
    bare = read(ground, f"{a} 完成")
    assert (bare.sheets[0].items[0].at, bare.sheets[0].items[0].on) == ("", "2024-08-16")
    assert {"field.no_time", "field.no_tag"} <= {one.code for one in bare.findings}


def test_a_chat_of_several_crews_and_other_talk(ground, plan, code, three):
    tag = plan_tag(plan)
    visit = next(task for task in code if task.startswith("V:"))
    got = read(
        ground,
        f"张三 2024-08-16 09:12\n{tag} {code[three[0]]} 完成\n李四 2024-08-16 09:20\n收到,辛苦了\n"
        f"王五 2024-08-16 09:30\n{tag}\n{code[visit]} 完成 联系人 13812345678\n",
    )  # fmt: skip
    said = {item.task_id: item for sheet in got.sheets for item in sheet.items}
    assert {task: item.crew for task, item in said.items()} == {three[0]: "E1", visit: "V1"}
    assert "13812345678" not in said[visit].reason
    assert "field.no_reply" in [one.code for one in got.findings]


def test_of_one_text_without_times_the_last_word_holds(ground, plan, code, three):
    a, tag = code[three[0]], plan_tag(plan)
    got = read(ground, f"{tag} {a} 完成\n{tag} {a} 未到 走错了")
    assert [item.outcome for sheet in got.sheets for item in sheet.items] == ["not_done"]


def test_looks_say_what_was_found(ground, code):
    hazard = next(task for task in code if task.startswith("H:"))
    for words, found in (("未发现", "nothing"), ("属实", "there"), ("", "")):
        assert items(ground, f"{code[hazard]} 完成 {words}")[hazard].found == found


def test_another_plans_tag_and_unknown_codes_are_refused_with_reasons(ground, plan, code):
    got = read(ground, f"#ffff\n1 完成\n{plan_tag(plan)} 999 完成")
    assert [sheet.items for sheet in got.sheets] == [()]
    assert [one.code for one in got.faults] == ["field.plan"]
    assert "#ffff" in got.aside[0].reason
    assert f"from 1 to {max(code.values())}" in got.aside[1].reason


@given(st.text(alphabet="0123456789 -,、完成未到部分#afdone路断杆\n:：（", max_size=80))
def test_nothing_that_is_written_breaks_it(ground, words):
    got = read(ground, words)
    for sheet in got.sheets:
        for item in sheet.items:
            assert item.outcome in {"done", "partly", "not_done"}
            assert all(0 <= a < b < len(item.poles) for a, b in item.parts)
