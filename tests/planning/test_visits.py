"""Visits of sections from the records of patrols."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from patrol.config import Settings
from patrol.layers.files import load_layers
from patrol.network.sections import cut_sections
from patrol.network.topology import build_network
from patrol.planning.due import last_patrols, patrolled
from patrol.planning.visits import section_visits
from patrol.project import read_project
from tiny import write_tiny

ON = date(2024, 8, 16)
COLUMNS = ["section", "date", "method", "share", "finds", "party", "row"]


@pytest.fixture(scope="module")
def network(tmp_path_factory):
    layers = load_layers(read_project(write_tiny(tmp_path_factory.mktemp("visits") / "tiny")))
    settings = Settings().network
    built = build_network(layers.lines, layers.poles, layers.equipment, settings=settings)
    return built, cut_sections(built, settings)


def patrols(*rows):
    frame = pd.DataFrame(rows, columns=["date", "feeder_id", "first_pole", "last_pole", "mode", "finds"])
    frame["date"] = pd.to_datetime(frame["date"])
    return frame.assign(source_row=range(1, len(frame) + 1), party="enterprise")


def visits(network, *rows):
    built, sections = network
    got = section_visits(built, sections, patrols(*rows), on=ON)
    assert list(got.columns) == COLUMNS
    poles = [f"{a}-{b}" for a, b in zip(sections["first_pole"], sections["last_pole"], strict=True)]
    return got.assign(poles=np.array(poles, dtype=object)[got["section"]])


def test_a_feeder_without_poles_is_all_its_sections_and_shares_its_finds(network):
    got = visits(network, ("2024-06-01", "F1", "", "", "foot", 7))
    length = network[1]["length_m"].to_numpy()
    assert got["section"].tolist() == list(range(len(length)))
    assert (got["share"] == 1).all()
    assert got["finds"].to_numpy() == pytest.approx(7 * length / length.sum())


def test_part_of_a_section_counts_by_its_length(network):
    got = visits(network, ("2024-06-01", "F1", "007", "012", "foot", 1)).set_index("poles")
    built, sections = network
    row = got.loc["007-015"]
    spans = built.spans.loc[list(sections.loc[row["section"], "span_ids"])]
    labels = built.nodes["label"].to_numpy()
    stop = labels[spans["v"].to_numpy()].tolist().index("012")
    assert row["share"] == pytest.approx(spans["length_m"].iloc[: stop + 1].sum() / spans["length_m"].sum())
    assert 0 < row["share"] < 1


@pytest.mark.parametrize(
    ("mode", "method"), [("foot", "foot"), ("vehicle", "vehicle"), ("ebike", "vehicle"), ("drone", "drone")]
)
def test_modes_look_by_methods(network, mode, method):
    got = visits(network, ("2024-06-01", "F1", "007", "015", mode, 0))
    assert got["method"].tolist() == [method]


def test_the_day_itself_the_future_and_unknown_rows_are_left_out(network):
    rows = [("2024-08-16", "F1", "", "", "foot", 1), ("2025-01-01", "F1", "", "", "foot", 1),
            ("2024-06-01", "F9", "", "", "foot", 1), ("2024-06-01", "F1", "900", "901", "foot", 1)]  # fmt: skip
    assert visits(network, *rows).empty
    found = patrolled(network[0], patrols(*rows), on=ON).findings
    assert [item.row for item in found] == [3, 4]


def test_visits_agree_with_the_last_patrols(network):
    """A section whose visits all cover it whole was last patrolled on the day of the newest of them."""
    built, sections = network
    rng = np.random.default_rng(5)
    poles = sorted({*sections["first_pole"], *sections["last_pole"]})
    rows = [
        (f"2024-0{rng.integers(1, 8)}-1{rng.integers(0, 9)}", "F1", *rng.choice(poles, 2, replace=False), "foot", 1)
        for _ in range(60)
    ]
    frame = patrols(*rows)
    walked = patrolled(built, frame, on=ON)
    got = section_visits(built, sections, frame, on=ON, walked=walked)
    assert (got["share"] == 1).all()
    newest = got.groupby("section")["date"].max().reindex(sections.index)
    last, found = last_patrols(built, sections, frame, on=ON, walked=walked)
    assert found == []
    assert newest.equals(last.rename("date"))
    again, _ = last_patrols(built, sections, frame, on=ON)
    assert again.equals(last)
    assert got.groupby("row")["finds"].sum().to_numpy() == pytest.approx(1.0)


def test_no_patrols_are_no_visits(network):
    assert visits(network).empty
