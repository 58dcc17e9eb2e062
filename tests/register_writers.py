"""What the processes do that tests of faults start, and kill: imported by name in each of them."""

import os
import random

from patrol.hazards.ids import hazard_id
from register_cases import OWNER, do, opened, stamp, take


def write_until_killed(path, acknowledged, seed):
    """Import and act for ever; say after each commit which event is the last, as a program tells its user."""
    rng = random.Random(seed)
    out = os.open(acknowledged, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    with opened(path) as register:
        turn = 0
        while True:
            turn += 1
            size = rng.choice([1, 3, 200])
            founded = take(
                register, *({"key": f"{seed}/{turn}/{n}", "person_name": "某"} for n in range(size))
            ).hazards_new
            os.write(out, "{} {}\n".format(*register.head()).encode())
            do(register, "verify", founded[0], stamp(2))
            do(register, "assign", founded[0], stamp(3), OWNER)
            if size > 1:
                register.merge(founded[0], founded[1], at=stamp(4), actor="office", party="enterprise")
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
