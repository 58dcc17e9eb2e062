"""What to look for on a section is what the value of a patrol there is made of."""

import numpy as np
import pytest

from patrol.risk.lookout import likely_types
from patrol.risk.score import patrol_values, summary_columns


@pytest.fixture(scope="module")
def scene(scored):
    return scored.picture.setting.scene


def test_the_first_is_the_main_type_of_the_score(scene):
    first = likely_types(scene, scene.types.index, most=1)
    assert [codes[0] for codes in first] == summary_columns(scene)["top_type"].tolist()


def test_only_what_may_be_looked_at_is_named_and_never_too_much(scene):
    allowed = set(scene.types.index[::3])
    some = likely_types(scene, allowed, most=3)
    assert len(some) == len(patrol_values(scene))
    assert all(set(codes) <= allowed and len(codes) <= 3 and len(set(codes)) == len(codes) for codes in some)
    every = likely_types(scene, scene.types.index, most=len(scene.types))
    ranked = [[code for code in codes if code in allowed][:3] for codes in every]
    assert [list(codes) for codes in some] == ranked


def test_where_nothing_may_be_looked_at_nothing_is_named(scene):
    assert set(likely_types(scene, (), most=3)) == {()}


def test_types_that_add_nothing_are_left_out(scene):
    zero = scene.types.index[(scene.types["base_rate_per_100km_yr"] == 0).to_numpy()]
    named = set(np.concatenate([list(codes) for codes in likely_types(scene, scene.types.index, most=99)]))
    assert not named & set(zero)
