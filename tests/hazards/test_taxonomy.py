"""The hazard table: loaded whole, checked row by row, and what a project may change of it."""

import numpy as np
import pandas as pd
import pytest

from patrol.errors import LayerError
from patrol.hazards.taxonomy import (
    SOURCE,
    UNCLASSIFIED,
    check_types,
    load_types,
    look_parties,
    project_types,
    types_sha256,
    unclassified_type,
)
from patrol.project import read_project


@pytest.fixture(scope="module")
def types():
    return load_types()


@pytest.fixture
def raw(root):
    """The table as texts."""
    file = root / "patrol" / "data" / "hazard_types.csv"
    return pd.read_csv(file, dtype=str, keep_default_na=False, encoding="utf-8-sig")


def test_the_table_is_whole(types):
    assert list(types.index[:2]) == ["V01", "V02"]
    assert types.index[-1] == UNCLASSIFIED
    assert len(types) == 54
    assert types.index.is_unique
    assert (types["name_zh"] != "").all()
    assert types.loc["V01", "phi_per_day"] == pytest.approx(0.00144)
    assert types.loc["F01", "name_zh"] == "线路附近焚烧秸秆烧荒"
    assert types["severity_1_5"].dtype == "int64"
    assert types["persist_days"].isna().sum() == 35  # 34 lasting types and the pseudo-type
    assert types.loc["F04", "name_en"] == "Tomb-sweeping fire, fireworks, sky lanterns"


def test_the_numbers_are_those_of_the_domain_brief(raw, shared):
    theirs = pd.read_csv(shared / SOURCE, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    columns = [name for name in theirs.columns if name in raw.columns]
    assert set(theirs.columns) - set(columns) == {"handlers_alone", "joint_required"}
    pd.testing.assert_frame_equal(raw[columns].head(len(theirs)), theirs[columns])
    assert list(raw["code"][len(theirs) :]) == ["D01", "D02", "D03"]


def test_who_had_to_act_together_still_rectifies_together(raw, shared):
    theirs = pd.read_csv(shared / SOURCE, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    joint = theirs.set_index("code")["joint_required"]
    joint = joint[joint != ""]
    assert len(joint) == 27
    assert dict(raw.set_index("code")["rectify"].loc[joint.index]) == dict(joint)


def test_what_became_of_other_rows_is_not_counted_twice(types):
    down = types.loc[["D01", "D02", "D03"]]
    assert (down["base_rate_per_100km_yr"] == 0).all()
    assert (down["default_class"] == "emergency").all()
    assert (down["scope"] == "OH").all()
    assert list(down["name_zh"]) == ["断线落地/导线过低", "倒杆", "树压线"]
    assert types["base_rate_per_100km_yr"].sum() == pytest.approx(165.793)  # as before they came


def test_deadlines_follow_the_class(types):
    hours = types.groupby("default_class")["deadline_h"].agg(["min", "max"])
    assert hours.loc["emergency"].tolist() == [24, 24]
    assert hours.loc["serious"].tolist() == [168, 168]
    assert hours.loc["general"].tolist() == [720, 720]


def test_fault_rates_follow_the_deadline(types):
    # phi = -ln(1 - alpha) / deadline, alpha 5 % for emergencies and 1 % else (domain brief 3a)
    alpha = np.where(types["default_class"] == "emergency", 0.05, 0.01)
    expected = -np.log(1 - alpha) / (types["deadline_h"] / 24)
    assert types["phi_per_day"].to_numpy() == pytest.approx(expected, abs=6e-6)


def test_unclassified_has_stated_defaults(types):
    row = types.loc[UNCLASSIFIED]
    assert row["default_class"] == "serious"
    assert row["deadline_h"] == 168
    assert row["base_rate_per_100km_yr"] == 0
    assert np.isnan(row["persist_days"])
    assert row["x_wind"] == row["m_summer_peak"] == 1
    serious = types[(types["default_class"] == "serious") & (types.index != UNCLASSIFIED)]
    assert row["p_injury_given_fault"] == serious["p_injury_given_fault"].median()
    assert unclassified_type(serious).loc[UNCLASSIFIED, "d_foot"] == serious["d_foot"].median()


def test_every_fault_of_the_table_is_told_at_once(raw):
    raw.loc[0, "default_class"] = "urgent"
    raw.loc[1, "code"] = "V01"
    raw.loc[2, "d_foot"] = "1.5"
    raw.loc[3, "phi_per_day"] = "often"
    raw.loc[4, "severity_1_5"] = "2.5"
    raw.loc[5, "rectify"] = "ENT|ARMY"
    raw.loc[6, "deadline_h"] = ""
    raw.loc[7, "name_zh"] = " "
    raw.loc[8, "base_rate_per_100km_yr"] = "inf"
    with pytest.raises(LayerError) as caught:
        check_types(raw, "mine.csv")
    told = {(finding.row, finding.field) for finding in caught.value.findings}
    assert told == {
        (1, "default_class"), (2, "code"), (3, "d_foot"), (4, "phi_per_day"), (5, "severity_1_5"),
        (6, "rectify"), (7, "deadline_h"), (8, "name_zh"), (9, "base_rate_per_100km_yr"),
    }  # fmt: skip
    assert "mine.csv, row 1, default_class: 'urgent' is not known -> one of emergency, serious, general" in str(
        caught.value
    )


def test_missing_columns_are_named(raw):
    with pytest.raises(LayerError, match="2 problem") as caught:
        check_types(raw.drop(columns=["phi_per_day", "scope"]), "mine.csv")
    assert {finding.field for finding in caught.value.findings} == {"phi_per_day", "scope"}


def test_checking_leaves_the_table_as_it_was(raw):
    before = raw.copy()
    check_types(raw, "mine.csv")
    pd.testing.assert_frame_equal(raw, before)


@pytest.fixture
def own(tiny):
    """Write a project's own table of types; returns the project."""

    def write(content, encoding="utf-8-sig"):
        (tiny / "types.csv").write_text(content, encoding)
        text = (tiny / "project.toml").read_text("utf-8")
        if "hazard_types" not in text:
            text = text.replace("[inputs]", '[inputs]\nhazard_types = "types.csv"', 1)
            (tiny / "project.toml").write_text(text, "utf-8")
        return read_project(tiny)

    return write


def full_row(raw, **cells):
    """A row of the package's table as the text of a CSV, with other cells."""
    row = raw.set_index("code", drop=False).loc[["V01"]].assign(**cells)
    return row.to_csv(index=False)


def test_a_project_without_a_table_has_the_package_s(types, tiny):
    project = read_project(tiny)
    pd.testing.assert_frame_equal(project_types(project), types)
    assert types_sha256(project) == types_sha256()


def test_a_project_changes_cells_and_adds_rows(types, raw, own):
    project = own(full_row(raw, code="X01", name_zh="晾衣绳", name_en="Washing line", persist_days="9"))
    mine = project_types(project)
    assert list(mine.index) == [*types.index[:-1], "X01", UNCLASSIFIED]
    assert mine.loc["X01", "name_zh"] == "晾衣绳"
    assert mine.loc["X01", "persist_days"] == 9
    assert mine["severity_1_5"].dtype == "int64"
    pd.testing.assert_frame_equal(mine.drop(index=["X01", UNCLASSIFIED]), types.drop(index=UNCLASSIFIED))
    other = own("code,deadline_h,name_zh\nA01,72,\nV01,,树障\n")
    assert types_sha256(other) != types_sha256()
    mine = project_types(other)
    assert mine.loc["A01", "deadline_h"] == 72
    assert mine.loc["V01", "name_zh"] == "树障"
    assert mine.loc["A01", "name_zh"] == "杆塔鸟窝"
    unchanged = mine.drop(index=["A01", "V01", UNCLASSIFIED])
    pd.testing.assert_frame_equal(unchanged, types.drop(index=["A01", "V01", UNCLASSIFIED]))


def test_a_project_s_table_may_be_saved_by_an_office(own):
    assert project_types(own("code,name_zh\nA01,喜鹊窝\n", "gb18030")).loc["A01", "name_zh"] == "喜鹊窝"


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("code,handlers_alone\nA01,ENT|VIL\n", {("handlers_alone", "write look, make_safe, rectify")}),
        ("name_zh\n鸟窝\n", {("code", "add it")}),
        ("code,deadline\nA01,3\n", {("deadline", "write deadline_h")}),
        ("code,code\nA01,A02\n", {("code", "drop one")}),
        ("code\nA01,A02\n", {("", "")}),
        ("", {("code", "add it")}),
        ('code,name_zh\nA01,"鸟', {("", 'mend the quotes: a quote inside a cell is written ""')}),
    ],
)
def test_a_malformed_table_is_refused_by_name(own, content, told):
    with pytest.raises(LayerError) as caught:
        project_types(own(content))
    assert {(f.field, f.mend) for f in caught.value.findings} == told
    assert {f.source for f in caught.value.findings} == {"types.csv"}


def test_every_fault_of_a_project_s_table_is_told_at_once(own):
    content = (
        "code,deadline_h,look,rectify,lead_party\nA01,soon,,,\nF01,,VIL,,\nS01,,,VIL,ARMY\nX9,,,,\nunclassified,,,,\n"
    )
    with pytest.raises(LayerError) as caught:
        project_types(own(content))
    told = {(f.row, f.field) for f in caught.value.findings}
    assert {(1, "deadline_h"), (2, "look"), (3, "rectify"), (3, "lead_party"), (5, "code")} <= told
    # A new type fills all cells but these two.
    filled = {f.field for f in caught.value.findings if f.row == 4}
    assert filled == set(load_types().columns) - {"persist_days", "basis"}


@pytest.mark.parametrize("code", ["F01", "F03", "N01", "D01", "S05", "S10"])
@pytest.mark.parametrize("party", ["VIL", "GOV"])
def test_no_file_sends_volunteers_to_fire_flood_or_a_downed_line(own, code, party):
    for more in ("emergency", "general"):  # nor by calling it something less
        with pytest.raises(LayerError, match="may not be sent to look"):
            project_types(own(f"code,default_class,look\n{code},{more},ENT|{party}\n"))


def test_a_lower_class_opens_nothing_and_a_higher_one_closes(own):
    assert look_parties(project_types(own("code,default_class\nF01,general\n")))["F01"] == ("enterprise", "fire")
    assert look_parties(project_types(own("code,default_class\nV01,emergency\n")))["V01"] == ("enterprise",)


@pytest.mark.parametrize(
    "cells",
    [
        {"category": "fire"}, {"category": "nat"}, {"default_class": "emergency"}, {"name_zh": "高压断线"},
        {"name_en": "Wire lying on the ground"}, {"make_safe": "GOV"}, {"rectify": "VIL|ENT"}, {"rectify": "GOV+VIL"},
        {"look": "ENT+VIL"}, {"make_safe": "ENT+FIRE"}, {"look": ""}, {"rectify": "ENT+ENT"},
    ],
)  # fmt: skip
def test_a_new_type_is_bounded_too(raw, own, cells):
    project_types(own(full_row(raw, code="X01")))
    with pytest.raises(LayerError, match="1 problem"):
        project_types(own(full_row(raw, code="X01", **cells)))


@pytest.mark.parametrize(
    "name",
    [
        "电线掉在地上", "导线垂落", "树倒在线上", "变压器爆炸", "power cable down", "杆子折断", "电线被风刮下来",
        "有人触电", "线路下失火", "tree fell across the wires", "transformer blew up", "泵车碰线", "弧垂过大", "漏油",
    ],
)  # fmt: skip
@pytest.mark.parametrize("column", ["name_zh", "name_en"])
def test_no_new_name_opens_what_is_closed(raw, own, name, column):
    with pytest.raises(LayerError, match="may not be sent to look"):
        project_types(own(full_row(raw, code="X01", **{column: name, "look": "ENT|GOV|FIRE|VIL"})))
    with pytest.raises(LayerError, match="may not be sent to look"):
        project_types(own(f"code,{column},look\nA01,{name},ENT|VIL\n"))
    assert look_parties(project_types(own(f"code,{column}\nA01,{name}\n")))["A01"] == ("enterprise",)


@pytest.mark.parametrize(
    "name", ["晾衣绳", "拉线被撞弯", "树障", "喜鹊窝", "Washing line", "bird nest", "leaning pole"]
)
def test_names_of_what_anybody_may_look_at_stay_open(raw, own, name):
    mine = project_types(own(full_row(raw, code="X01", name_zh=name, look="ENT|GOV|FIRE|VIL")))
    assert len(look_parties(mine)["X01"]) == 4


def test_cells_of_a_project_are_harmless_text(raw, own):
    mine = project_types(own(full_row(raw, code="X01", name_zh="鸟\u202e窝\x07")))
    assert mine.loc["X01", "name_zh"] == "鸟窝"
