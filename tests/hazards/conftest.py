"""What tests of the register share: the tiny project's ground, and a register on a file of its own."""

import pytest

from patrol.hazards.ground import ground_of
from patrol.hazards.register import open_register
from patrol.project import read_project
from tiny import write_tiny


@pytest.fixture(scope="session")
def ground(tmp_path_factory):
    """The network, layers, types and words of the tiny project; only read."""
    return ground_of(read_project(write_tiny(tmp_path_factory.mktemp("ground") / "tiny")))


@pytest.fixture(scope="session")
def opened(ground):
    """Return the function that opens a register on a file, one that does not wait for the disk."""

    def at(path):
        register = open_register(
            path, create=True, timezone="Asia/Shanghai", settings=ground.settings.hazards, types=ground.types
        )
        register._connection.execute("PRAGMA synchronous = OFF")  # nobody pulls the plug here
        return register

    return at


@pytest.fixture
def register(tmp_path, opened):
    """A new register of the tiny project."""
    with opened(tmp_path / "register.gpkg") as one:
        yield one
