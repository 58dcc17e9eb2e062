"""Every notebook runs from top to bottom, and is stored without output."""

import json
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

QUIET = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::RuntimeWarning")  # of the kernel's libraries
NOTEBOOKS = sorted((Path(__file__).resolve().parents[1] / "notebooks").glob("*.ipynb"))


def test_there_are_notebooks():
    assert NOTEBOOKS


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_is_stored_without_output(path):
    cells = json.loads(path.read_text("utf-8"))["cells"]
    assert not any(cell.get("outputs") or cell.get("execution_count") for cell in cells)


def execute(path, *shorter):
    """Run a notebook, with some of its text replaced."""
    text = path.read_text("utf-8")
    for whole, part in shorter:
        assert whole in text, f"{path.name} no longer says {whole}"
        text = text.replace(whole, part)
    notebook = nbformat.reads(text, as_version=4)
    client = NotebookClient(notebook, timeout=300, kernel_name="python3", resources={"metadata": {"path": path.parent}})
    client.execute()


# Every cell runs; searches and simulations are as long as the notebooks have them in the long counts only.
SHORTER = {
    "02_against_the_calendar": [("years=1, worlds=8", "years=1, worlds=2")],
    "03_planning_the_joint_defence": [("FEW, FEWER = 2_000, 500", "FEW, FEWER = 300, 100"), ("runs=200", "runs=20")],
}


@QUIET
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_runs(path):
    execute(path, *SHORTER.get(path.stem, []))


@QUIET
@pytest.mark.soak
@pytest.mark.parametrize("name", SHORTER)
def test_runs_as_it_is(name):
    execute(next(path for path in NOTEBOOKS if path.stem == name))
