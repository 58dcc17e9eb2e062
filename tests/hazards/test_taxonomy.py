"""The hazard table: loaded whole, checked row by row, and nobody sent where it is dangerous."""

import numpy as np
import pandas as pd
import pytest

from patrol.errors import LayerError
from patrol.hazards.taxonomy import UNCLASSIFIED, check_types, load_types, look_parties, unclassified_type
from patrol.layers.schema import PARTIES

ALL = PARTIES
ENT = ("enterprise",)
ENT_FIRE = ("enterprise", "fire")
# Written by hand from design.md 7, one entry a row of the table; a new row must be added here too.
LOOK = {
    "V01": ALL, "V02": ALL, "V03": ALL, "V04": ALL, "A01": ALL, "A02": ALL,
    "F01": ENT_FIRE, "F02": ALL, "F03": ENT_FIRE, "F04": ENT_FIRE, "F05": ALL,
    "E01": ALL, "E02": ALL, "E03": ALL, "E04": ALL, "E05": ALL, "E06": ENT, "E07": ENT, "E08": ALL, "E09": ALL,
    "E10": ALL, "E11": ENT, "E12": ALL, "E13": ALL, "E14": ENT,
    "S01": ALL, "S02": ENT, "S03": ALL, "S04": ALL, "S05": ENT, "S06": ENT, "S07": ALL, "S08": ALL, "S09": ENT,
    "S10": ENT, "S11": ALL, "S12": ALL, "S13": ALL, "S14": ALL,
    "N01": ENT, "N02": ENT, "N03": ALL, "N04": ENT, "N05": ENT,
    "U01": ALL, "U02": ALL, "U03": ALL, "U04": ENT, "U05": ALL, "U06": ENT,
    UNCLASSIFIED: ENT,
}  # fmt: skip


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
    assert len(types) == 51
    assert types.index.is_unique
    assert (types["name_zh"] != "").all()
    assert types.loc["V01", "phi_per_day"] == pytest.approx(0.00144)
    assert types.loc["F01", "name_zh"] == "线路附近焚烧秸秆烧荒"
    assert types["severity_1_5"].dtype == "int64"
    assert types["persist_days"].isna().sum() == 32  # 31 lasting types and the pseudo-type
    assert types.loc["F04", "name_en"] == "Tomb-sweeping fire, fireworks, sky lanterns"


def test_the_table_is_the_shared_one(types, shared):
    theirs = load_types(shared / "hazard_types.csv")
    pd.testing.assert_frame_equal(types, theirs)


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


def test_every_row_says_who_may_look(types):
    look = look_parties(types)
    assert dict(look) == LOOK
    assert set(LOOK) == set(types.index)


@pytest.mark.parametrize("code", ["F01", "F03", "F04", "N01", "N02", "S05", "S10", "E14", "U06", UNCLASSIFIED])
def test_volunteers_and_officials_never_go_to_fire_flood_or_live_parts(types, code):
    assert not set(look_parties(types)[code]) & {"villager", "government"}


def test_a_new_emergency_type_is_closed_before_anyone_thinks_of_it(types):
    fresh = types.loc[["V01"]].rename(index={"V01": "X99"}).assign(default_class="emergency")
    assert look_parties(fresh)["X99"] == ENT
    assert look_parties(fresh.assign(category="fire"))["X99"] == ENT_FIRE


def test_every_fault_of_the_table_is_told_at_once(raw):
    raw.loc[0, "default_class"] = "urgent"
    raw.loc[1, "code"] = "V01"
    raw.loc[2, "d_foot"] = "1.5"
    raw.loc[3, "phi_per_day"] = "often"
    raw.loc[4, "severity_1_5"] = "2.5"
    raw.loc[5, "handlers_alone"] = "ENT|ARMY"
    raw.loc[6, "deadline_h"] = ""
    raw.loc[7, "name_zh"] = " "
    raw.loc[8, "base_rate_per_100km_yr"] = "inf"
    with pytest.raises(LayerError) as caught:
        check_types(raw, "mine.csv")
    told = {(finding.row, finding.field) for finding in caught.value.findings}
    assert told == {
        (1, "default_class"), (2, "code"), (3, "d_foot"), (4, "phi_per_day"), (5, "severity_1_5"),
        (6, "handlers_alone"), (7, "deadline_h"), (8, "name_zh"), (9, "base_rate_per_100km_yr"),
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
