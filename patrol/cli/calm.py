"""What a run of ours wants of the libraries beneath it; given back afterwards."""

from __future__ import annotations

from contextlib import AbstractContextManager

from threadpoolctl import threadpool_limits


def calm() -> AbstractContextManager[object]:
    """Have the library that multiplies matrices use one processor.

    Ours are small: a second processor would wait for work longer than it works, and the order of the sums, and with
    it their last digit, would depend on how many processors there are.
    """
    limits: AbstractContextManager[object] = threadpool_limits(limits=1, user_api="blas")
    return limits
