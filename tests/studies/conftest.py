"""The sample county, loaded once: 514 sections on eight feeders, two years of patrols, hazards and faults."""

import pytest

from patrol.hazards.taxonomy import project_types
from patrol.planning.known import load_known
from patrol.project import read_project
from patrol.studies.history import lay_ground


@pytest.fixture(scope="session")
def county(root):
    """Return (layers, types, ground) of the sample county."""
    project = read_project(root / "sample_data")
    layers, types = load_known(project), project_types(project)
    return layers, types, lay_ground(layers, types)
