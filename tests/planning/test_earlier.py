"""What was open on an earlier day is scored as open, however far it has come since."""

from dataclasses import replace
from datetime import date

import pandas as pd

from patrol.planning.earlier import as_of

ON = date(2024, 6, 1)


def layers(scored, *rows):
    """Return layers whose hazards are those of the tiny project, told of as (reported, state, closed)."""
    reported, state, closed = zip(*rows, strict=True)
    hazards = scored.layers.hazards.iloc[: len(rows)].assign(
        reported=pd.to_datetime(list(reported)), state=list(state), closed=pd.to_datetime(list(closed))
    )
    return replace(scored.layers, hazards=hazards)


def seen(scored, *rows, on=ON):
    then = as_of(layers(scored, *rows), on)
    return (
        then.hazards["state"].tolist(),
        then.hazards["closed"].isna().tolist(),
        then.findings[len(scored.layers.findings) :],
    )


def test_what_was_closed_later_is_open_and_what_was_closed_by_then_is_not(scored):
    states, still, told = seen(
        scored, ("2024-05-01", "closed", "2024-06-02"), ("2024-05-01", "closed", "2024-06-01"),
        ("2024-05-01", "refuted", "2024-07-01"),
    )  # fmt: skip
    assert states == ["reported", "closed", "reported"]
    assert still == [True, False, True]
    (one,) = told
    assert (one.level, one.code, one.count) == ("note", "hazards.earlier", 2)


def test_states_of_today_are_not_those_of_a_day_after_which_records_go_on(scored):
    rows = (
        ("2024-06-01", "verified", None),
        ("2024-05-01", "in_rectification", None),
        ("2024-07-01", "verified", None),
    )
    states, still, told = seen(scored, *rows)
    assert states == ["reported", "reported", "verified"], "the last is not looked at: nobody had reported it"
    assert all(still)
    assert told[0].count == 2
    states, _, told = seen(scored, *rows, on=date(2024, 7, 1))
    assert states == ["verified", "in_rectification", "verified"], "no record is later: this is the day that is known"
    assert told == ()


def test_the_callers_frame_stays(scored):
    before = layers(scored, ("2024-05-01", "closed", "2024-06-02"))
    as_of(before, ON)
    assert before.hazards["state"].tolist() == ["closed"]
