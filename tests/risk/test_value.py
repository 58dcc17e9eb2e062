"""Prizes are whole and never negative; classes are fifths."""

import pandas as pd

from patrol.risk.value import milli, risk_class


def test_milli_is_whole_and_never_negative():
    assert milli(pd.Series([1.2345, -3.0])).tolist() == [1234, 0]


def test_risk_classes_are_fifths():
    assert risk_class(pd.Series(range(10))).tolist() == [1, 1, 2, 2, 3, 3, 4, 4, 5, 5]
