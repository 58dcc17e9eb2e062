"""What tests of the commands share: an office with a register and no file of hazards."""

import pytest

from tiny import write_tiny


@pytest.fixture
def office(tmp_path):
    """A tiny project that names a register and has no file of hazards."""
    folder = write_tiny(tmp_path / "tiny")
    toml = (folder / "project.toml").read_text("utf-8")
    start = toml.index("[inputs.hazards]")
    toml = toml[:start] + toml[toml.index("[inputs.service_points]") :]
    toml = toml.replace('crews = "crews.csv"\n', 'crews = "crews.csv"\nregister = "register.gpkg"\n')
    (folder / "project.toml").write_text(toml, "utf-8")
    return folder
