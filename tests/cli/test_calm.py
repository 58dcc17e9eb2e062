"""A run of ours uses one processor for sums, and gives the others back."""

import numpy as np
from threadpoolctl import threadpool_info, threadpool_limits

from patrol.cli.main import guarded
from patrol.errors import Finding, PatrolError


def threads():
    return {one["num_threads"] for one in threadpool_info() if one["user_api"] == "blas"}


def test_sums_take_one_processor_while_a_command_runs_and_as_many_as_before_afterwards():
    seen = []

    def call(*, fails):
        np.ones((2, 2)) @ np.ones((2, 2))
        seen.append(threads())
        if fails:
            raise PatrolError([Finding("error", "x", "x", "x", "x")])

    with threadpool_limits(limits=2, user_api="blas"):
        assert guarded(lambda: call(fails=False)) == 0
        assert guarded(lambda: call(fails=True)) == 2
        assert seen == [{1}, {1}]
        assert threads() == {2}
