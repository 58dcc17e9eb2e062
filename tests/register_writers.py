"""What the processes do that tests of faults start, and kill: imported by name in each of them."""

import os
import random
import tempfile
from functools import lru_cache
from pathlib import Path

from patrol.hazards.ground import context_of, ground_of
from patrol.hazards.ids import hazard_id
from patrol.hazards.receive import read_files, receive
from patrol.project import read_project
from register_cases import NOW, OWNER, READY, do, opened, stamp, take
from tiny import at, table, write_tiny

KINDS = ("鸟窝", "喜鹊窝", "山火", "风筝", "电杆歪了", "有情况")


@lru_cache(maxsize=1)
def ground():
    """What reports are put on; processes that are forked from one that has it need not make it."""
    with tempfile.TemporaryDirectory() as folder:
        return ground_of(read_project(write_tiny(Path(folder) / "tiny")))


def write_until_killed(path, acknowledged, seed):
    """Import files and act for ever; say after each commit which event is the last, as a program tells its user."""
    rng = random.Random(seed)
    out = os.open(acknowledged, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    turn = 0
    while True:
        turn += 1
        file = path.with_name(f"{seed}-{turn}.csv")
        table(file, [reported(rng, f"{seed}/{turn}/{n}") for n in range(rng.choice([1, 3, 200]))])
        with opened(path) as register:
            founded = import_file(register, file).taken.hazards_new
            acknowledge(out, register)
            if founded:
                do(register, "verify", founded[0], stamp(12))
                do(register, "assign", founded[0], stamp(13), OWNER)
                do(register, "ready", founded[0], stamp(14), READY)
            if len(founded) > 1:
                register.merge(founded[0], founded[1], at=stamp(15), actor="office", party="enterprise")
            acknowledge(out, register)


def reported(rng, name):
    """Return a row of a table of reports, somewhere along the line: some stand by others, some bridge two."""
    lon, lat = at(rng.randrange(0, 3000), rng.randrange(-9, 9))
    seen = f"2024-08-{rng.randrange(8, 11):02d} 09:00"
    what = {"描述": f"{rng.choice(KINDS)} {name}", "诉求类型": rng.choice(["", "", "", "纠纷"]), "期限": "2024-09-01"}
    return {
        "发现时间": seen,
        "经度": lon,
        "纬度": lat,
        "坐标系": "WGS84",
        "上报人": f"某{name}",
        "单位": "村民",
        **what,
    }


def import_file(register, file):
    """Take in a file as ``patrol hazards import`` does: read, place, match, write."""
    ((_, intake),), faults = read_files([file], context_of(ground().layers.project, now=NOW), ground())
    assert not faults
    assert intake.rejected.empty, intake.rejected
    return receive(register, intake, ground(), now=NOW, actor="office", party="enterprise")


def acknowledge(out, register):
    os.write(out, "{} {}\n".format(*register.head()).encode())


def write_many(path, worker, count):
    """Take in a report and act upon it, ``count`` commits in all."""
    with opened(path) as register:
        for turn in range(count // 2):
            key = f"{worker}/{turn}"
            with register.writing() as tx:
                assert not tx.known_keys([key])
                take(tx, {"key": key})
            do(register, "verify", hazard_id(key), stamp(2))
