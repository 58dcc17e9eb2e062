"""Fixtures for every test, and the rule that CI skips nothing but for absent shared data."""

import os
import tempfile
from datetime import date
from pathlib import Path

import pytest
from hypothesis import settings

from tiny import write_tiny

# A loaded machine is slow, not wrong: no deadlines. The same examples every time, but for the long counts.
settings.register_profile("test", deadline=None, derandomize=True, max_examples=60)
settings.register_profile("soak", deadline=None, max_examples=2000)
settings.load_profile("soak" if os.environ.get("PATROL_SOAK") else "test")

ROOT = Path(__file__).resolve().parents[1]
ABSENT = "../shared is absent"


def pytest_configure(config):
    """Compile the loops once, before parallel workers would all compile them at the same time."""
    if not getattr(config.option, "numprocesses", None) or hasattr(config, "workerinput"):
        return
    from patrol.api import plan_patrols
    from patrol.compiled import cache_folder
    from patrol.routing.warm import warm

    kept = cache_folder()
    if kept is not None and not any(kept.iterdir()):
        with tempfile.TemporaryDirectory() as folder:
            project = write_tiny(Path(folder) / "tiny")
            plan_patrols(project, start="2024-08-16", days=1, engine="greedy", iterations=1)
        warm()


@pytest.fixture(scope="session")
def shared():
    """Folder with other people's data, beside the project; absent on a user's machine."""
    folder = ROOT.parent / "shared"
    if not (folder / "data").is_dir():
        pytest.skip(ABSENT)
    return folder


@pytest.fixture(scope="session")
def root():
    """Folder of the project."""
    return ROOT


@pytest.fixture
def tiny(tmp_path):
    """A tiny project folder that a test may change."""
    return write_tiny(tmp_path / "tiny")


@pytest.fixture(scope="session")
def scored(tmp_path_factory):
    """The tiny project scored for a day, for tests that only read it."""
    from patrol.api import open_project
    from patrol.planning.scored import score_day

    folder = write_tiny(tmp_path_factory.mktemp("scored") / "tiny")
    return score_day(open_project(folder), on=date(2024, 8, 16))


@pytest.fixture(scope="session")
def briefed(tmp_path_factory):
    """The tiny project, the folder of a plan of it, and the facts of that plan's brief."""
    from patrol.api import open_project, plan_patrols
    from patrol.studies.brief import brief_facts

    place = tmp_path_factory.mktemp("brief")
    project = open_project(write_tiny(place / "tiny"))
    plan = plan_patrols(project, start="2024-08-16", days=2, out=place / "plan", iterations=100)
    return project, place / "plan", brief_facts(project, plan, place / "plan")


@pytest.fixture(scope="session")
def brief_facts(briefed):
    """What the brief of a small plan tells."""
    return briefed[2]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """Turn a skip into a failure under PATROL_NO_SKIPS, unless the shared folder is what is missing."""
    report = yield
    if os.environ.get("PATROL_NO_SKIPS") and report.skipped and not hasattr(report, "wasxfail"):
        reason = str(report.longrepr)
        if ABSENT not in reason:
            report.outcome = "failed"
            report.longrepr = f"skipped, which CI does not permit: {reason}"
    return report
