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


def test_cells_and_shapes_as_they_stood_in_the_files_are_let_go(tiny):
    seen = files.gather(read_project(tiny))
    assert all(raw.table.empty and raw.geometry is None for raw in seen.raws.values())
    assert all(len(raw.rows) for raw in seen.raws.values())


def test_rows_set_aside_are_told_with_their_cells_all_the_same(tiny):
    text = (tiny / "poles.csv").read_text("utf-8-sig").replace("F1,005,,106.", "F1,005,,east")
    (tiny / "poles.csv").write_text(text, "utf-8")
    lines = (tiny / "lines.geojson").read_text("utf-8").replace('"voltage_kv": 10', '"voltage_kv": -10', 1)
    (tiny / "lines.geojson").write_text(lines, "utf-8")
    rejected = files.load_layers(read_project(tiny)).rejected.set_index("kind")["content"]
    assert '"pole_no": "005"' in rejected["poles"]
    assert '"line_id": "L1"' in rejected["lines"]
    assert "LINESTRING" in rejected["lines"]
