"""What a run says of its cost."""

import numba

from patrol.meter import Meter, peak_mb


def test_compiling_is_told_apart_and_only_once():
    @numba.njit
    def double(x):
        return 2 * x

    first = Meter()
    with first.running():
        assert double(2) == 4
    assert 0 < first._compiling.duration <= first.read()["seconds"] + 0.1
    again = Meter()
    with again.running():
        assert double(3) == 6
    assert again.read()["compile_seconds"] == 0
    assert not again._compiling.done


def test_peak_memory_is_that_of_a_process_with_libraries():
    peak = peak_mb()
    assert peak is None or 20 < peak < 100_000
