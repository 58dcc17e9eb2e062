"""The search for cycles of objects rests while layers are read, and comes back whatever happens."""

import gc

import pytest

from patrol.layers import files
from patrol.layers.memory import without_collection
from patrol.project import read_project


@pytest.mark.parametrize("was", [True, False])
def test_collection_is_as_before_even_after_a_fault(was):
    before = gc.isenabled()
    try:
        (gc.enable if was else gc.disable)()
        with pytest.raises(KeyError, match="False"), without_collection():
            raise KeyError(gc.isenabled())
        assert gc.isenabled() is was
    finally:
        (gc.enable if before else gc.disable)()


def test_inputs_are_read_without_collection(monkeypatch, tiny):
    seen = []
    read = files.read_input
    monkeypatch.setattr(files, "read_input", lambda *args: seen.append(gc.isenabled()) or read(*args))
    assert gc.isenabled()
    files.gather(read_project(tiny), kinds=["lines", "zones"])
    assert seen == [False, False]
    assert gc.isenabled()
