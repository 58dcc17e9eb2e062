"""What a run says of its cost."""

import numba

from patrol.meter import Meter, meter_words, peak_mb


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


def test_words_leave_out_what_is_not_known():
    cost = {"seconds": 3.2, "cpu_seconds": 2.0, "compile_seconds": 0.0, "peak_mb": None}
    assert meter_words(cost) == "3.2 s (2.0 s of processor time)."
    said = meter_words({**cost, "compile_seconds": 1.5, "peak_mb": 431})
    assert said == (
        "3.2 s (2.0 s of processor time, peak memory 431 MiB); 1.5 s of it compiled loops, which later runs are spared."
    )
