"""Two people who say the same are two sources; the same again is one; ids of a list without a name count too."""

import dataclasses
import itertools

import pandas as pd
import pytest

from few import few_orders
from patrol.hazards.ground import context_of
from patrol.hazards.keys import content_key, told_apart
from patrol.hazards.receive import read_files, receive
from patrol.reports.intake_summary import intake_summary
from tiny import table

NOW = "2024-08-20T00:00:00.000000Z"
OFFICE = {"actor": "office", "party": "enterprise"}
NEST = {"线路": "城关线", "杆号": "10", "隐患类型": "鸟窝", "发现日期": "2024-08-03", "上报单位": "村民"}


def take(register, ground, path, *rows):
    table(path, list(rows))
    context = context_of(ground.layers.project, now=NOW)
    ((_, intake),), faults = read_files([path], dataclasses.replace(context, crs="EPSG:4326"), ground)
    assert not faults
    return receive(register, intake, ground, now=NOW, **OFFICE)


def test_rows_with_ids_of_their_own_are_all_taken_in(register, ground, tmp_path):
    rows = [{"编号": str(n), **NEST, "上报人": f"甲某{n}"} for n in range(1, 4)]
    got = take(register, ground, tmp_path / "a.csv", *rows)
    assert len(got.taken.reports) == 3
    assert register.hazards()["reports"].tolist() == [3]
    assert "共 3 条" in intake_summary([got], register.hazards(), register.types, "zh")
    head = register.head()
    for order in itertools.permutations(rows):
        assert take(register, ground, tmp_path / "b.csv", *order).taken.known == 3
    assert register.head() == head


def test_two_households_ask_for_two_connections(register, ground, tmp_path):
    ask = {
        "kind": "new connection",
        "due": "2024-09-01",
        "minutes": "30",
        "name_zh": "报装",
        "线路": "城关线",
        "杆号": "10",
    }
    named = [{**ask, "request_id": f"R{n}"} for n in (1, 2)]
    take(register, ground, tmp_path / "a.csv", *named)
    assert len(register.requests()) == 2
    take(
        register,
        ground,
        tmp_path / "b.csv",
        *({**ask, "name_zh": "报装水泵", "上报人": who} for who in ("甲某", "乙某")),
    )
    assert len(register.requests()) == 4
    head = register.head()
    take(register, ground, tmp_path / "a.csv", *named)
    assert register.head() == head


def people(*names):
    return [{**NEST, "上报人": name, "联系电话": f"1381111000{n}" if name else ""} for n, name in enumerate(names)]


@pytest.mark.parametrize("files", [1, 3])
def test_people_without_ids_are_told_apart_in_any_order_and_again(ground, opened, tmp_path, files):
    rows = people("甲某", "乙某", "丙某")
    for number, order in enumerate(few_orders(rows)):
        with opened(tmp_path / f"{number}.gpkg") as register:
            for part in [order] if files == 1 else [[row] for row in order]:
                take(register, ground, tmp_path / "a.csv", *part)
            assert register.hazards()["reports"].tolist() == [3]
            assert sorted(register.identities()["person_name"]) == sorted(row["上报人"] for row in rows)
            head = register.head()
            for again in (rows, rows[::-1], rows[:1], rows[2:]):
                take(register, ground, tmp_path / "b.csv", *again)
            assert register.head() == head
            assert not {"甲某", "乙某"} & set(register.events().to_csv())


def test_the_same_row_twice_is_counted_once_and_counted(register, ground, tmp_path):
    got = take(register, ground, tmp_path / "a.csv", *people("甲某"), *people("甲某"), *people("甲某"))
    assert len(got.taken.reports) == 1
    summary = intake_summary([got], register.hazards(), register.types, "zh")
    assert "共 3 条" in summary
    assert "早已登记 2 条" in summary


def test_a_list_without_names_and_one_with_say_the_same(register, ground, tmp_path):
    take(register, ground, tmp_path / "a.csv", *people(""))
    assert take(register, ground, tmp_path / "b.csv", *people("甲某")).taken.known == 1
    assert len(register.reports()) == 1


def test_whom_nobody_knows_any_more_does_not_come_back(register, ground, tmp_path):
    take(register, ground, tmp_path / "a.csv", *people("甲某", "乙某"))
    for name in register.reports()["report_id"]:
        register.erase_person(name, at=NOW, **OFFICE)
    head = register.head()
    take(register, ground, tmp_path / "a.csv", *people("甲某", "乙某"))
    assert register.head() == head
    assert register.identities().empty


def test_keys_that_are_no_content_are_left_alone():
    frame = pd.DataFrame({"external_id": ["", ""], "person_name": ["甲", "乙"], "person_contact": ["", ""]})
    assert told_apart(pd.Series(["x:o:1", "c:2"]), frame, {}) == ["x:o:1", "c:2"]
    assert told_apart(pd.Series(["x:o:1", "c:2"]), frame, {"c:2": ("", "丙", "")}) == ["x:o:1", "c:2~2"]
    assert content_key.__doc__
