"""A pole written twice, a pole in the wrong place, a line with a hole: named, and never drawn across the county."""

import csv

import geopandas as gpd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Geod

from ledgers import branch, row, trunk, write_csv
from patrol.layers.pole_gaps import BROKEN_M
from patrol.layers.poles import SpanLimits, import_poles

GEOD = Geod(ellps="WGS84")
F = "10kV新民线"


def imported(tmp_path, rows, **options):
    out = tmp_path / "出"
    findings = import_poles(write_csv(tmp_path / "台账.csv", rows), out, crs="EPSG:4326", **options)
    return out, [one for one in findings if one.level != "note"]


def drawn(out):
    """Return (number of lines, metres, longest span)."""
    lines = gpd.read_file(out / "lines.gpkg")
    spans = [GEOD.line_length(*zip(*pair, strict=True)) for line in lines.geometry
             for pair in zip(line.coords[:-1], line.coords[1:], strict=True)]  # fmt: skip
    return len(lines), sum(spans), max(spans)


def aside(out):
    with (out / "rejected.csv").open(encoding="utf-8-sig", newline="") as file:
        return [(int(one["row"]), one["field"]) for one in csv.DictReader(file)]


@pytest.mark.parametrize("where", [5, 8, 12])
def test_a_pole_written_twice_is_named_and_the_first_kept(tmp_path, where):
    """25 m from itself, right below the first or somewhere further down."""
    rows = trunk(count=12)
    rows.insert(where, row(F, "", "005", 60 * 5 + 25, 0))
    out, found = imported(tmp_path, rows)
    assert [(one.code, one.level, one.row) for one in found] == [("poles.duplicate", "rejected", where + 2)]
    assert "is in row 6 already; the first is kept" in found[0].what
    assert drawn(out) == (1, pytest.approx(660, abs=2), pytest.approx(60, abs=1))
    assert aside(out) == [(where + 2, "")]


def test_two_poles_written_twice_are_no_branch(tmp_path):
    """Nor is a whole block that was pasted again."""
    for again in (rows_again(4, 5), rows_again(*range(1, 9))):
        out, found = imported(tmp_path, trunk(count=12) + again, overwrite=True)
        assert [one.code for one in found] == ["poles.duplicate"] * len(again)
        assert drawn(out)[0] == 1


def rows_again(*numbers):
    return [row(F, "", f"{i:03d}", 60 * i + 20, 5) for i in numbers]


def test_a_pole_written_twice_in_a_branch_without_a_name_leaves_the_branch(tmp_path):
    side = [row(F, "", f"{i:03d}", 300, 60 * i) for i in range(1, 9)]
    side.insert(6, row(F, "", "003", 315, 180))
    out, found = imported(tmp_path, trunk(count=12) + side)
    assert [(one.code, one.row) for one in found if one.level == "rejected"] == [("poles.duplicate", 20)]
    assert {one.code for one in found} == {"poles.duplicate", "poles.restart", "poles.branch_nearest"}
    assert drawn(out)[0] == 2


def misplaced(rows, at, x=30_000.0, y=56_000.0):
    rows[at] = row(*rows[at][:3], x, y, rows[at][5])
    return rows


@pytest.mark.parametrize("at", [0, 5, 11])
def test_a_pole_in_the_wrong_place_is_set_aside_and_the_line_goes_on_without_it(tmp_path, at):
    """At the head, in the middle and at the end; 63 km away, which is nearer than what lies outside."""
    out, found = imported(tmp_path, misplaced(trunk(count=12), at))
    assert [(one.code, one.level, one.row) for one in found] == [("poles.misplaced", "rejected", at + 2)]
    assert "km from its neighbours" in found[0].what
    lines, metres, longest = drawn(out)
    assert (lines, longest) == (1, pytest.approx(120 if at == 5 else 60, abs=2))
    assert metres == pytest.approx(660 if at == 5 else 600, abs=3)
    assert aside(out) == [(at + 2, "lon")]
    heads = gpd.read_file(out / "equipment.gpkg")
    assert len(heads) == 1


def test_a_branch_loses_the_pole_it_leaves_from_and_keeps_its_place(tmp_path):
    rows = misplaced(
        trunk(count=12) + [row(F, "北支线", str(i), 300, 60 * i, "5" if i == 1 else "") for i in (1, 2, 3)], 4
    )
    out, found = imported(tmp_path, rows)
    assert [one.code for one in found if one.level == "rejected"] == ["poles.misplaced"]
    lines, _, longest = drawn(out)
    assert lines == 2
    assert longest < 150


def test_a_hole_in_a_line_breaks_it_and_is_said(tmp_path):
    """Ten poles 3 km on are no single mistake: nothing is set aside, and nothing is drawn across the hole."""
    rows = trunk(count=12) + [row(F, "", f"{i:03d}", 60 * i + 3000, 0) for i in range(13, 23)]
    out, found = imported(tmp_path, rows)
    assert [(one.code, one.level, one.row) for one in found] == [("poles.broken", "suspicion", 14)]
    assert "3.1 km away" in found[0].what
    lines, metres, longest = drawn(out)
    assert (lines, longest) == (2, pytest.approx(60, abs=1))
    assert metres == pytest.approx(660 + 540, abs=4)
    assert len(gpd.read_file(out / "equipment.gpkg")) == 1, "no source is invented beyond the hole"
    out, found = imported(tmp_path, rows, spans=SpanLimits(broken_span_m=5000), overwrite=True)
    assert [one.code for one in found] == ["poles.span_long"]
    assert drawn(out)[0] == 1


def test_a_feeder_of_poles_far_apart_keeps_its_first(tmp_path):
    rows = trunk(count=5) + [row("F2", "", str(i), 0, 5000.0 * i) for i in (1, 2, 3)]
    out, found = imported(tmp_path, rows)
    assert [(one.code, one.row) for one in found if one.level == "rejected"] == [
        ("poles.misplaced", 8), ("poles.misplaced", 9),
    ]  # fmt: skip
    assert "poles.single" in {one.code for one in found}
    assert drawn(out)[0] == 1


@settings(max_examples=30)
@given(st.lists(st.tuples(st.integers(0, 29), st.sampled_from([2_500.0, 40_000.0, -20_000.0])), max_size=8))
def test_no_drawn_span_is_ever_longer_than_plausible(tmp_path_factory, wrong):
    rows = trunk(count=20) + branch(at=5, count=10)
    for at, far in wrong:
        rows = misplaced(rows, at, far, 60.0 * at)
    out, found = imported(tmp_path_factory.getbasetemp(), rows, overwrite=True)
    assert drawn(out)[2] <= BROKEN_M
    named = {one.row for one in found if one.level == "rejected"}
    poles = gpd.read_file(out / "poles.gpkg")
    assert len(poles) + len(named) == len(rows), "every row is used or named"
    assert len(gpd.read_file(out / "equipment.gpkg")) == 1
