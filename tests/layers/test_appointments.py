"""The table of confirmed appointments: what is written is read again, and every fault is named at once."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from patrol import text
from patrol.errors import LayerError
from patrol.layers.appointments import COLUMNS, MAX_BYTES, read_appointments, write_appointments
from patrol.layers.schema import PARTIES

HEAD = ",".join(COLUMNS)
GOOD = "R:1,2024-08-20,10:15,enterprise,E1,2024-08-16"

hostile = st.one_of(
    st.text(min_size=1, max_size=30),
    st.sampled_from(
        ['=cmd|"/c calc"!A0', "+1", "-1", "@x", "＝1", "<b>", "{{7*7}}", 'a"b', "a,b", "a\nb", "x\x00y", "'"]
    ),
)
ids = hostile.map(text.clean).filter(lambda one: one and not one.startswith("'"))  # as layers have cleaned them
days = st.dates(min_value=pd.Timestamp("2000-01-01").date(), max_value=pd.Timestamp("2040-12-31").date())
rows = st.lists(
    st.tuples(ids, days, st.integers(0, 1440).map(lambda m: 60 * m), st.sampled_from(PARTIES), ids, days), max_size=5
)


@given(rows)
def test_what_is_written_is_read_again(tmp_path_factory, some):
    path = tmp_path_factory.getbasetemp() / "round" / "appointments.csv"
    path.parent.mkdir(exist_ok=True)
    frame = pd.DataFrame(some, columns=list(COLUMNS), dtype=object)
    frame["confirmed"] = [day.isoformat() for day in frame["confirmed"]]
    write_appointments(frame, path)
    got = read_appointments(path)
    assert [(*row[:1], row[1].date(), *row[2:5], row[5]) for row in got.itertuples(index=False, name=None)] == [
        (*row[:5], row[5].isoformat()) for row in some
    ]
    for line in path.read_text("utf-8-sig").split("\n")[1:]:
        assert not line.startswith(("=", "+", "-", "@")), "no formula for a spreadsheet"


def test_no_file_is_no_appointments(tmp_path):
    for path in (None, tmp_path / "none.csv"):
        got = read_appointments(path)
        assert got.empty
        assert list(got.columns) == list(COLUMNS)
    (tmp_path / "empty.csv").write_bytes(b"")
    assert read_appointments(tmp_path / "empty.csv").empty


def write(tmp_path, *lines, head=HEAD):
    path = tmp_path / "appointments.csv"
    path.write_text("\n".join([head, *lines]), "utf-8")
    return path


def faults(path):
    with pytest.raises(LayerError) as caught:
        read_appointments(path, "mine.csv")
    found = caught.value.findings
    assert all(item.source == "mine.csv" and item.mend for item in found)
    return {(item.row, item.field) for item in found}


def test_every_fault_is_named_at_once(tmp_path):
    path = write(
        tmp_path, GOOD, "R:1,soon,10:15,enterprise,E1,2024-08-16", "", ",2024-08-20,25:00,police,,yesterday",
        "R:2", "R:3,0001-01-01,10:15,fire,F1,9999-12-31",
    )  # fmt: skip
    assert faults(path) == {
        (3, "date"), (5, "joint_id"), (5, "time"), (5, "party"), (5, "crew_id"), (5, "confirmed"),
        *((6, name) for name in COLUMNS if name != "joint_id"), (7, "date"), (7, "confirmed"),
    }  # fmt: skip


def test_the_order_of_columns_is_free_and_blank_rows_are_nothing(tmp_path):
    path = write(tmp_path, ",,,,,,", "note,2024-08-16,E1,enterprise,10:15,2024-08-20,R:1",
                 head="remark," + ",".join(reversed(COLUMNS)))  # fmt: skip
    (row,) = read_appointments(path).itertuples(index=False, name=None)
    assert row == ("R:1", pd.Timestamp("2024-08-20"), 36_900, "enterprise", "E1", "2024-08-16")


def test_what_is_no_such_table_is_refused(tmp_path):
    assert faults(write(tmp_path, GOOD, head="joint_id,day")) == {(1, "")}
    path = tmp_path / "appointments.csv"
    path.write_bytes((HEAD + "\n村").encode("gb18030"))
    assert faults(path) == {(1, "")}
    path.write_bytes(HEAD.encode() + b'\n"' + b"x" * 200_000 + b'"')
    assert faults(path) == {(1, "")}
    path.write_bytes(b"x" * (MAX_BYTES + 1))
    assert faults(path) == {(1, "")}
