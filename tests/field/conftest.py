"""A tiny project with a register and a place for what comes back, and a plan of two of its days, made once."""

import shutil

import pytest

from field_cases import write_returning
from patrol.api import open_project, plan_patrols
from patrol.field.ground import field_ground
from patrol.plan import read_plan
from patrol.project import read_project


@pytest.fixture(scope="session")
def planned(tmp_path_factory):
    """Folder of the project as the plan was made from it, with the plan's own folder beside it."""
    folder = write_returning(tmp_path_factory.mktemp("planned") / "tiny")
    plan_patrols(
        open_project(folder), start="2024-08-16", days=2, engine="greedy", iterations=1, out=folder.parent / "plan"
    )
    return folder


@pytest.fixture
def office(planned, tmp_path):
    """A copy of the project that a test may change."""
    return shutil.copytree(planned, tmp_path / "tiny")


@pytest.fixture(scope="session")
def plan_file(planned):
    return planned.parent / "plan" / "plan.json"


@pytest.fixture(scope="session")
def plan(plan_file):
    return read_plan(plan_file)


@pytest.fixture(scope="session")
def ground(planned, plan):
    """The project with its plan, as what comes back is put on it; only read."""
    return field_ground(read_project(planned), [plan])
