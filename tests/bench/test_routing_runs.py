"""Runs of the routing benchmark: PyVRP on the smallest instances, the files written, the table."""

import json
import sys
import time

import pytest

from patrol.errors import PatrolError
from tiny_instances import CARP, solution_of, write

BEST = {"carp": 45, "mcgrp": 14, "pcvrptw": 288, "prizes": 140}  # counted by hand
KEYS = ["instance", "set", "engine", "seed", "objective", "cpu_s", "wall_s", "compile_s", "routes"]


def result(instance, engine, seed, objective):
    return {
        "instance": instance.name, "set": instance.set, "engine": engine, "seed": seed, "objective": objective,
        "cpu_s": 2.0, "wall_s": 2.0, "compile_s": 0.0, "routes": [],
    }  # fmt: skip


@pytest.mark.parametrize("kind", BEST)
def test_pyvrp_solves_the_smallest_of_each_set(bench, tmp_path, kind):
    instance = bench.routing.READERS[kind](write(tmp_path, kind))
    found = bench.routing.run(instance, "pyvrp", seed=1, cpu_seconds=0.1, compile_s=0.0)
    assert list(found) == KEYS
    assert found["objective"] == BEST[kind] == instance.recount(found["routes"])
    assert 0.1 <= found["cpu_s"] < 2


def test_pyvrp_has_no_words_for_double_visits(bench, tmp_path):
    with pytest.raises(PatrolError, match="double visits"):
        bench.routing.run_pyvrp(bench.hhcrsp.read(write(tmp_path, "hhcrsp")), seed=1, cpu_seconds=0.1)


@pytest.mark.parametrize(
    ("draft", "objective"),
    [(((0, ((1, 0), (0, 0), (4, 0))), (1, ((2, 0), (3, 0))), (2, ((5, 0),))), 10.833667), (((0, ((0, 0),)),), None)],
)
def test_an_engine_of_ours_runs_in_one_thread_by_the_clock_of_the_process(
    bench, tmp_path, monkeypatch, draft, objective
):
    instance = bench.hhcrsp.read(write(tmp_path, "hhcrsp"))
    asked = {}

    def by_hand(problem, **how):
        asked.update(how)
        assert problem is instance.problem
        return solution_of(instance, draft)

    monkeypatch.setattr("patrol.routing.solve.solve", by_hand)
    found = bench.routing.run(instance, "ruin", seed=7, cpu_seconds=3.0, compile_s=1.5)
    assert asked["streams"] == 1
    assert asked["clock"] is time.process_time
    assert (asked["engine"], asked["seed"], asked["seconds"]) == ("ruin", 7, 3.0)
    assert list(found) == KEYS
    assert (found["objective"], found["compile_s"]) == (objective, 1.5)


@pytest.mark.filterwarnings("ignore::pyvrp.exceptions.PenaltyBoundWarning")
def test_what_does_not_serve_all_has_no_objective(bench, tmp_path):
    path = write(tmp_path, "pcvrptw")
    path.write_text(path.read_text("utf-8").replace("4 0 50\n", "4 0 1\n"), "utf-8")  # nobody is there so early
    found = bench.routing.run(bench.pcvrptw.read(path), "pyvrp", seed=1, cpu_seconds=0.1, compile_s=0.0)
    assert found["objective"] is None


def test_a_wrong_value_is_found_out(bench, tmp_path):
    instance = bench.carp.read(write(tmp_path, "carp"))
    routes = [(0, ((0, 0, 0),)), (1, ((2, 0, 0), (1, 1, 0)))]
    assert bench.routing.checked(instance, routes, 45)[1] == 45
    with pytest.raises(AssertionError, match="the solver says 44, the routes and the file 45"):
        bench.routing.checked(instance, routes, 44)


def test_the_script_writes_a_file_a_seed_and_a_table(bench, tmp_path, monkeypatch, capsys):
    (tmp_path / "carp").mkdir()
    path = write(tmp_path / "carp", "carp")
    (tmp_path / "best_known.csv").write_text("set,instance,best_known,source\ncarp,square,40,test\n", "utf-8")
    words = ["routing.py", str(path), "--set", "carp", "--engine", "pyvrp", "--cpu-seconds", "0.05"]
    monkeypatch.setattr(sys, "argv", [*words, "--seed", "1", "2", "--out", str(tmp_path / "out")])
    assert bench.routing.main() == 0
    for seed in (1, 2):
        found = json.loads((tmp_path / "out" / f"seed-{seed}" / "pyvrp" / "square.json").read_text("utf-8"))
        assert (found["seed"], found["objective"]) == (seed, 45)
    lines = capsys.readouterr().out.splitlines()
    line = next(line for line in lines if line.split()[:2] == ["square", "pyvrp"])
    assert line.split()[2:6] == ["2", "45", "40", "12.500"]
    monkeypatch.setattr(sys, "argv", [*words, "--out", str(tmp_path / "one")])
    assert bench.routing.main() == 0
    assert (tmp_path / "one" / "pyvrp" / "square.json").is_file()


def test_a_fault_of_a_file_ends_the_script_with_2(bench, tmp_path, monkeypatch, capsys):
    path = tmp_path / "bad.dat"
    path.write_text(CARP.replace("CAPACIDAD", "CAPACITY"), "utf-8")
    monkeypatch.setattr(sys, "argv", ["routing.py", str(path), "--set", "carp", "--out", str(tmp_path)])
    assert bench.routing.main() == 2
    assert "bad.dat: no line CAPACIDAD" in capsys.readouterr().err


def rows_of(bench, tmp_path, instance, best, **objectives):
    """Return the table's rows by engine, of results of seeds 1, 2, ... written first."""
    for engine, values in objectives.items():
        for seed, value in enumerate(values, start=1):
            bench.routing.write(result(instance, engine, seed, value), tmp_path / f"seed-{seed}")
    tmp_path.mkdir(exist_ok=True)
    known = tmp_path / "best.csv"
    known.write_text(f"set,instance,best_known,source\n{instance.set},{instance.name},{best},test\n", "utf-8")
    text = bench.standings.table(tmp_path, [instance], known)
    return {line.split()[1]: line.split() for line in text.splitlines() if line.startswith(instance.name)}, text


def test_the_table_takes_medians_and_gaps(bench, tmp_path):
    instance = bench.carp.read(write(tmp_path, "carp"))
    rows, text = rows_of(bench, tmp_path, instance, 100, default=[104, 101, 103], pyvrp=[110, None, 106])
    assert rows["default"] == ["square", "default", "3", "103", "100", "3.000", "110", "-6.364", "2.0"]
    assert rows["pyvrp"][3:7] == ["110", "100", "10.000", "-"]
    assert "default: 1 instances; to the best known mean 3.000 worst 3.000 (1 instances)" in text


def test_the_table_marks_what_needs_a_second_look(bench, tmp_path):
    instance = bench.carp.read(write(tmp_path, "carp"))
    rows, text = rows_of(bench, tmp_path, instance, 100, default=[99], ruin=[None])
    assert "beats the best known: check" in text
    assert rows["ruin"][3] == "-"
    assert "not all served" in text


def test_the_table_counts_prizes_as_the_set_does(bench, tmp_path):
    instance = bench.pcvrptw.read(write(tmp_path, "pcvrptw"))
    assert instance.all_prizes == 460
    rows, _ = rows_of(bench, tmp_path, instance, 260, default=[270], pyvrp=[280])
    assert rows["default"][5] == "5.000"  # 1 - 190 / 200
    assert rows["default"][7] == "-5.000"  # points below the 10 % of PyVRP
    prizes = bench.prizes.read(write(tmp_path, "prizes"))
    rows, text = rows_of(bench, tmp_path / "prizes", prizes, 0, default=[90, 120], pyvrp=[140])
    assert rows["default"][3] == "105"
    assert rows["default"][7] == "25.000"  # a smaller prize is worse
    assert "check" not in text
