"""What a track covers by the poles of a section, and whose word is missing."""

import numpy as np
import pandas as pd

from patrol.field.coverage import Whose, _covered, differences
from patrol.field.ground import Chain, stretch
from patrol.field.model import Covered
from patrol.field.tracks import Matched

WHOSE = Whose("E1", "enterprise", "foot", "2024-08-16")
CHAIN = Chain("S1", "F1", ("1", "2", "3"), (0.0, 100.0, 200.0))


def intervals(*rows):
    return pd.DataFrame(rows, columns=["section", "begin_m", "end_m"])


def test_metres_of_the_drawn_line_are_put_in_metres_between_poles():
    none = np.zeros(0, np.int64)
    matched = Matched(intervals((0, 0.0, 45.0), (1, 0.0, 99.0)), intervals(), intervals((0, 50.0, 60.0)), none, none)
    got = _covered("t", WHOSE, CHAIN, 100.0, matched, 0)  # drawn half as long as it is
    assert (got.covered_m, got.unsure_m, got.fast_m, got.parts) == (90.0, 0.0, 20.0, ((0, 1),))


def test_of_a_section_that_no_plan_names_nobody_owes_a_tick():
    passed = [
        Covered("t", "E1", "enterprise", "foot", "2024-08-16", name, "F1", CHAIN.poles, CHAIN.metres, ((0, 2),), 200.0)
        for name in ("S1", "S2")
    ]
    assert [one.section for one in differences([], passed, ["S1"])] == ["S1"]


def test_a_pole_that_two_could_be_is_none():
    chain = Chain("S1", "F1", ("012", "0012", "013"), (0.0, 50.0, 100.0))
    assert stretch(chain, "12", "13") == ()
    assert stretch(chain, "0012", "13") == ((1, 2),)
