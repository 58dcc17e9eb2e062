"""Kept machine code goes when any source of a loop changes, and loops run where nothing can be kept."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from patrol import compiled as module
from patrol.compiled import cache_folder, source_key
from patrol.network import climbing, hierarchy, nearby

CALLEE = "from kern.compiled import compiled\n\n\n@compiled\ndef step(x):\n    return x + {}\n"
CALLER = """from kern.callee import step
from kern.compiled import compiled


@compiled
def twice(x):
    return step(step(x))
"""
RUN = "from kern.caller import twice; print(twice(1), sum(twice.stats.cache_hits.values()))"


@pytest.fixture
def kern(tmp_path, root):
    """A package of its own with two files of loops and one without."""
    folder = tmp_path / "kern"
    folder.mkdir()
    (folder / "__init__.py").write_text("", "utf-8")
    (folder / "compiled.py").write_bytes((root / "patrol" / "compiled.py").read_bytes())
    (folder / "callee.py").write_text(CALLEE.format(1), "utf-8")
    (folder / "caller.py").write_text(CALLER, "utf-8")
    return folder


def run(kern, **more):
    env = {key: value for key, value in os.environ.items() if key != "NUMBA_CACHE_DIR"}
    env |= {"PYTHONPATH": str(kern.parent), "PYTHONDONTWRITEBYTECODE": "1", **more}
    done = subprocess.run([sys.executable, "-c", RUN], env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def test_the_key_changes_with_every_source_of_loops_and_with_nothing_else(kern):
    first = source_key(kern)
    assert source_key(kern) == first
    (kern / "other.py").write_text("x = 1\n", "utf-8")
    assert source_key(kern) == first
    (kern / "callee.py").write_text(CALLEE.format(2), "utf-8")
    second = source_key(kern)
    assert second != first
    (kern / "callee.py").rename(kern / "moved.py")
    assert source_key(kern) not in {first, second}


@pytest.mark.parametrize("mark", ["compiled", "lean", "inner", "inlined"])
def test_every_kind_of_loop_counts_for_the_key(kern, mark):
    first = source_key(kern)
    (kern / "more.py").write_text(f"from kern.compiled import {mark}\n\n\n@{mark}\ndef one():\n    return 1\n", "utf-8")
    assert source_key(kern) != first


def test_the_key_changes_with_numba_and_the_processor(kern, monkeypatch):
    keys = {source_key(kern)}
    monkeypatch.setattr(module.numba, "__version__", "0.0")
    keys.add(source_key(kern))
    monkeypatch.setattr(module.llvmlite.binding, "get_host_cpu_name", lambda: "another")
    keys.add(source_key(kern))
    assert len(keys) == 3


def test_an_edited_callee_is_compiled_anew(kern):
    assert run(kern) == ["3", "0"]
    assert run(kern) == ["3", "1"]  # kept
    (kern / "callee.py").write_text(CALLEE.format(2), "utf-8")
    assert run(kern) == ["5", "0"]
    assert len(list((kern / "__pycache__").glob("kernels-*"))) == 2


def test_where_the_package_cannot_be_written_the_users_folder_serves(kern, tmp_path):
    (kern / "__pycache__").write_text("in the way", "utf-8")
    cache = tmp_path / "cache"
    places = {"XDG_CACHE_HOME": str(cache), "LOCALAPPDATA": ""}
    assert run(kern, **places) == ["3", "0"]
    assert run(kern, **places) == ["3", "1"]
    assert list((cache / "patrol").glob("kernels-*"))


def test_where_nothing_can_be_written_loops_run_all_the_same(kern, tmp_path):
    (kern / "__pycache__").write_text("in the way", "utf-8")
    (tmp_path / "cache").write_text("in the way", "utf-8")
    places = {"XDG_CACHE_HOME": str(tmp_path / "cache"), "LOCALAPPDATA": ""}
    assert run(kern, **places) == ["3", "0"]
    assert run(kern, **places) == ["3", "0"]


def test_constants_that_loops_import_are_in_the_key(kern):
    (kern / "numbers.py").write_text("ONE = 1\n", "utf-8")
    callee = CALLEE.replace("compiled\n\n", "compiled\nfrom kern.numbers import ONE\n\n", 1).format("ONE")
    (kern / "callee.py").write_text(callee, "utf-8")
    assert run(kern) == ["3", "0"]
    (kern / "numbers.py").write_text("ONE = 10\n", "utf-8")
    assert run(kern) == ["21", "0"]


def test_the_loops_of_the_package_are_kept_in_one_folder():
    folder = cache_folder()
    assert folder is not None
    assert folder.name == f"kernels-{source_key(Path(module.__file__).parent)}"
    for loop in (hierarchy._take_out, climbing._climb, nearby._within):
        assert Path(loop._cache.cache_path).parent == folder
        assert not loop.targetoptions.get("fastmath")


def test_machine_code_of_sources_long_gone_is_dropped(kern, tmp_path):
    cache = tmp_path / "cache"
    for number in range(6):
        (kern / "callee.py").write_text(CALLEE.format(number), "utf-8")
        assert run(kern, NUMBA_CACHE_DIR=str(cache))[0] == str(1 + 2 * number)
    folders = sorted(cache.glob("kernels-*"))
    assert len(folders) == module.KEPT
    assert source_key(kern) in {folder.name.removeprefix("kernels-") for folder in folders}
