"""Programs that are killed, and programs that write at the same time: nothing acknowledged is lost."""

import multiprocessing
import os
import random
import signal
import sys
import time
from multiprocessing import forkserver

import pytest

from register_cases import opened
from register_writers import write_many, write_until_killed


@pytest.fixture(scope="module")
def context():
    """Give processes that start in milliseconds: forked from one that has imported and loaded everything."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["warm_ground"])
    with pytest.MonkeyPatch.context() as patch:
        # Python 3.11 does not tell that process where the test's modules are.
        patch.setenv("PYTHONPATH", os.pathsep.join(filter(None, sys.path)))
        forkserver.ensure_running()
    return context


def kill_at_random(context, folder, kills, seed):
    path, acknowledged = folder / "register.gpkg", folder / "acknowledged"
    acknowledged.touch()
    rng = random.Random(seed)
    seen = 0
    for turn in range(kills):
        child = context.Process(target=write_until_killed, args=(path, acknowledged, turn), daemon=True)
        child.start()
        before, limit = acknowledged.stat().st_size, time.monotonic() + 60
        # Now and then while it opens or even makes the file, else once it has begun to write.
        while turn % 4 and acknowledged.stat().st_size == before and time.monotonic() < limit:
            time.sleep(0.002)
        time.sleep(rng.random() * 0.5)
        os.kill(child.pid, signal.SIGKILL)
        child.join(60)
        assert child.exitcode == -signal.SIGKILL, "it was still writing"
        seen = check_whole(path, acknowledged, seen)
    return seen


def check_whole(path, acknowledged, seen):
    """Return how many acknowledged events there are; all of them are in the register, and the chain is whole."""
    lines = acknowledged.read_text().split("\n")[:-1]
    with opened(path) as register:
        events = register.events().set_index("seq")["hash"]
        for line in lines[seen:]:
            seq, mark = line.split(" ")
            assert events[int(seq)] == mark
        assert register.rebuild() == []
        named = len(register.identities())
        told = len(register.reports()) + len(register.requests())
        assert named == told, "who made a report is committed with it"
    return len(lines)


def write_at_once(context, path, workers, count):
    children = [context.Process(target=write_many, args=(path, worker, count)) for worker in range(workers)]
    for child in children:
        child.start()
    for child in children:
        child.join(3000)
    assert [child.exitcode for child in children] == [0] * workers
    with opened(path) as register:
        assert register.head()[0] == workers * count
        assert register.hazards()["state"].tolist() == ["verified"] * (workers * count // 2)
        assert register.rebuild() == []


def test_killed_at_random_moments(context, tmp_path):
    assert kill_at_random(context, tmp_path, 12, seed=1) > 12


def test_six_write_at_once(context, tmp_path):
    write_at_once(context, tmp_path / "register.gpkg", 6, 12)


@pytest.mark.soak
def test_killed_two_hundred_times(context, tmp_path):
    for part in range(20):  # a new file now and then, since each is checked whole after every kill
        folder = tmp_path / str(part)
        folder.mkdir()
        assert kill_at_random(context, folder, 10, seed=part) > 10


@pytest.mark.soak
def test_eighteen_thousand_writes(context, tmp_path):
    write_at_once(context, tmp_path / "register.gpkg", 6, 3000)
