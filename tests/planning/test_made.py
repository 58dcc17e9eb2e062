"""What a plan has done of what comes round again, whether or not the records know of it."""

from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from patrol.layers.schema import PARTIES
from patrol.planning.made import Made, made_of, named, numbered, points_since, sections_since

FIRST = date(2024, 8, 16)


def test_ids_lose_their_number_and_their_party_but_no_part_of_a_name():
    done = {"S:a#2": -1, "S:a": -5, "V:D-01/新建村#3/government": -3, "V:D-01/新建村#3/enterprise": -3, "V:x/fire": 0}
    assert made_of(done) == {"S:a": Made(-1, 2), "V:D-01/新建村": Made(-3, 3), "V:x": Made(0, 1)}


@given(st.lists(st.tuples(st.integers(-9, 0), st.integers(1, 4), st.sampled_from(["", *PARTIES])), min_size=1))
def test_the_last_time_and_the_highest_number_count_in_any_order(rows):
    names = [("V:p" + (f"#{k}" if k > 1 else "") + (f"/{party}" if party else ""), day) for day, k, party in rows]
    done = dict(names)
    want = Made(max(done.values()), max(k for _, k, _ in rows))
    assert made_of(done) == made_of(dict(reversed(done.items()))) == {"V:p": want}


def test_numbers_go_on_from_what_was_done():
    ids = pd.Series(["S:a", "S:a", "S:b"])
    number = numbered(ids, [1, 2, 1], {"S:a": Made(0, 2)})
    assert number.tolist() == [3, 4, 1]
    assert named(ids, number).tolist() == ["S:a#3", "S:a#4", "S:b"]


def sections():
    return pd.DataFrame({
        "section_id": ["a", "b", "c"], "tau_days": [10.0, 1.0, 40.0], "season_cycle_days": [7.0, 7.0, 30.0],
        "due": pd.to_datetime(["2024-08-13", "2024-08-22", "2024-08-06"]), "assumed": [False, False, True],
    })  # fmt: skip


def test_what_no_record_knows_yet_is_due_a_cycle_after_it():
    seen = sections_since(sections(), {"S:a": Made(-2, 1), "S:c": Made(0, 1)}, FIRST)
    assert seen["due"].dt.date.astype(str).tolist() == ["2024-08-21", "2024-08-22", "2024-09-15"]
    assert seen["tau_days"].tolist() == [2.0, 1.0, 0.0]
    assert seen["assumed"].tolist() == [False, False, False], "who has been there need not assume"


def test_what_the_records_know_stays_as_they_have_it():
    given_ = sections()
    assert sections_since(given_, {"S:b": Made(-1, 1), "S:a": Made(-10, 1)}, FIRST) is given_
    assert sections_since(given_, {}, FIRST) is given_


@pytest.mark.parametrize(("known", "day", "last"), [
    (None, -2, "2024-08-14"), ("2024-08-10", -2, "2024-08-14"), ("2024-08-15", -2, "2024-08-15"), (None, None, None),
    ("2024-08-15", 0, "2024-08-16"),
])  # fmt: skip
def test_a_visit_moves_the_last_one_on_and_never_back(known, day, last):
    points = pd.DataFrame({"point_id": ["x"], "last_visit": pd.to_datetime([known])})
    got = points_since(points, {} if day is None else {"V:x": Made(day, 1)}, FIRST)["last_visit"].iloc[0]
    assert pd.isna(got) if last is None else got == np.datetime64(last)
