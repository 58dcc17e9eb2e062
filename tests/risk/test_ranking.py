"""The most worth an hour comes first."""

import pandas as pd
import pytest

from patrol.config import PatrolSettings
from patrol.risk.ranking import look_hours, ranked_sections

SECTIONS = pd.DataFrame({
    "section_id": ["B", "A", "C", "D"], "length_m": [500.0, 500.0, 100.0, 0.0], "equipment_count": [0, 0, 1, 0],
    "value_foot": [10.0, 10.0, 10.0, 5.0],
})  # fmt: skip


def test_hours_are_the_walk_and_the_stops():
    assert look_hours(SECTIONS, PatrolSettings()) == pytest.approx([0.25, 0.25, 0.05 + 0.05, 0.0])


def test_the_quick_and_valuable_come_first_and_ties_go_by_id():
    ranked = ranked_sections(SECTIONS, PatrolSettings())
    assert ranked["section_id"].tolist() == ["C", "A", "B", "D"]
    assert ranked["rank"].tolist() == [1, 2, 3, 4]
    assert ranked["value_per_hour"].tolist() == pytest.approx([100, 40, 40, 0])
    assert ranked.index.tolist() == [2, 1, 0, 3], "a row still names its section"
