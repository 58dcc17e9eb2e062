"""Random routing problems with every rule mixed, and hand-made ones; seeded, no files."""

import numpy as np
import pytest

from patrol.routing.model import Break, Option, Problem, Profile, Shift, Task, Window
from patrol.units import UNREACHABLE

PARTIES = ("enterprise", "government", "fire", "villager")
HOUR = 3600


def make_profile(rng, places, *, name="car", on_foot=False, kmh=30.0, holes=0.0):
    """Return a profile over points in metres, with oneway noise and some pairs nobody can travel."""
    metres = np.hypot(*(places[:, None, :] - places[None, :, :]).transpose(2, 0, 1))
    metres = np.ceil(metres * rng.uniform(1.0, 1.2, metres.shape)).astype(np.int64)
    travel = np.ceil(metres * 3.6 / kmh).astype(np.int64)
    if holes:
        gone = rng.random(metres.shape) < holes
        metres[gone], travel[gone] = UNREACHABLE, UNREACHABLE
    np.fill_diagonal(metres, 0)
    np.fill_diagonal(travel, 0)
    return Profile(name, on_foot, travel, metres, np.round(places * 10).astype(np.int64))


def make_options(rng, task, profiles, days, prize, daily):
    """Return two directions for each profile that may serve the task; entry and exit are locations 2t and 2t+1."""
    options = []
    for profile, name in enumerate(profiles):
        if name != "car" and rng.random() < 0.3:
            continue
        service = int(rng.integers(300, 2400))
        walk = int(rng.integers(50, 800)) if name == "foot" else 0
        worth = round(prize * rng.uniform(0.6, 1.0))
        prizes = tuple(round(worth * (1 - 0.1 * day * daily)) for day in range(days))
        ends = (2 * task, 2 * task + 1)
        for direction in (1, -1):
            options.append(Option(profile, *ends[::direction], service, walk, 400, direction, prizes))
    return tuple(options)


def make_windows(rng, days):
    """Return no window mostly, else one or two on some days."""
    if rng.random() < 0.6:
        return ()
    windows = []
    for day in range(days):
        if rng.random() < 0.7:
            first = int(rng.integers(8, 13)) * HOUR
            windows.append(Window(day, first, first + HOUR))
            if rng.random() < 0.4:
                windows.append(Window(day, first + 2 * HOUR, first + 3 * HOUR))
    return tuple(windows)


def make_shifts(rng, crews, days, n_tasks, n_profiles, hours):
    """Return one shift a crew and day; the last crews are volunteers who share their hours."""
    shifts = []
    for crew in range(crews):
        profile = int(rng.integers(n_profiles))
        party = PARTIES[crew % 4]
        opens = int(rng.integers(7, 10)) * HOUR
        length = int(hours * HOUR * rng.uniform(0.6, 1.2))
        pause = None
        if rng.random() < 0.6:
            earliest = opens + int(length * 0.3)
            pause = Break(earliest, earliest + int(length * 0.2), min(1800, length // 4))
        group = f"crew{crew}" if party == "villager" else ""
        for day in range(days):
            shifts.append(
                Shift(
                    shift_id=f"{day}-{crew}",
                    crew_id=f"crew{crew}",
                    party=party,
                    day=day,
                    profile=profile,
                    start=2 * n_tasks + crew,
                    end=2 * n_tasks + crew,
                    opens=opens,
                    closes=opens + length,
                    max_work_s=int(length * rng.uniform(0.7, 1.0)),
                    max_distance_m=int(rng.integers(20, 90)) * 1000,
                    max_walk_m=int(rng.integers(2, 9)) * 1000,
                    pause=pause,
                    skills=("drone",) if rng.random() < 0.4 else (),
                    zones=(f"z{crew % 3}",) if rng.random() < 0.4 else (),
                    group=group,
                    group_max_s=int(length * days * 0.5) if group else 0,
                    price_s=int(rng.integers(0, 40)),
                    price_m=int(rng.integers(0, 3000)),
                )
            )
    return tuple(sorted(shifts, key=lambda shift: (shift.day, shift.shift_id)))


def make_problem(seed, tasks=14, crews=4, days=2, *, hours=3.0, side_m=12_000.0, daily=1.0, holes=0.03):
    """Return a random problem in which windows, breaks, limits, skills, zones, groups and pins all bind somewhere."""
    rng = np.random.default_rng(seed)
    names = ("car", "foot", "car")
    middle = rng.uniform(0, side_m, (tasks, 1, 2))
    places = np.concatenate(
        [(middle + rng.uniform(-250, 250, (tasks, 2, 2))).reshape(-1, 2), rng.uniform(0, side_m, (crews, 2))]
    )
    profiles = tuple(
        make_profile(rng, places, name=f"{name}{k}", on_foot=name == "foot", kmh=(30.0, 4.0, 18.0)[k], holes=holes)
        for k, name in enumerate(names)
    )
    shifts = make_shifts(rng, crews, days, tasks, len(names), hours)
    served = []
    for task in range(tasks):
        prize = int(rng.lognormal(11, 1.2))
        bound = tuple(int(k) for k in np.flatnonzero(rng.random(len(shifts)) < 0.5)) if rng.random() < 0.15 else None
        served.append(
            Task(
                task_id=f"t{task}",
                options=make_options(rng, task, names, days, prize, daily),
                windows=make_windows(rng, days),
                mandatory=int(rng.choice([0, 0, 0, 1, 1, 5])),
                parties=tuple(rng.choice(PARTIES, 2, replace=False)) if rng.random() < 0.2 else (),
                skills=("drone",) if rng.random() < 0.15 else (),
                zone=f"z{rng.integers(3)}" if rng.random() < 0.7 else "",
                shifts=bound,
                pinned=bound is not None and bool(rng.random() < 0.3),
            )
        )
    return Problem(days, profiles, tuple(served), shifts)


@pytest.fixture(scope="session")
def random_problem():
    """Return :func:`make_problem`."""
    return make_problem
