"""Files wait in an inbox and are put away: nothing is written over, nothing of others is touched."""

from datetime import date

from patrol.errors import Finding
from patrol.hazards.inbox import is_picture, put_away, say_why, waiting

DAY = date(2024, 8, 16)


def test_what_is_no_file_of_anybody_is_passed_over(tmp_path):
    for name in (
        "b.csv", "a.TXT", "README.txt", "readme.txt", ".DS_Store", "~$b.xlsx", ".~lock.b.csv#", "c.csv.part",
        "d.xlsx.tmp", "b.csv.reason.txt", "picture.JPG",
    ):  # fmt: skip
        (tmp_path / name).write_text(name, "utf-8")
    (tmp_path / "done").mkdir()
    (tmp_path / "done" / "old.csv").write_text("x", "utf-8")
    assert [path.name for path in waiting(tmp_path)] == ["a.TXT", "b.csv", "picture.JPG", "readme.txt"]
    assert [path.name for path in waiting(tmp_path) if is_picture(path)] == ["picture.JPG"]
    assert waiting(tmp_path / "absent") == []


def test_two_files_of_one_name_are_both_kept_and_the_note_goes_with_the_fault(tmp_path):
    for number in range(3):
        path = tmp_path / "列表.csv"
        path.write_text(str(number), "utf-8")
        note = say_why(path, [Finding("error", "x", "列表.csv", "is \u202ewrong\x07", "mend it")])
        assert "wrong" in note.read_text("utf-8-sig")
        assert "\u202e" not in note.read_text("utf-8-sig")
        put_away(path, tmp_path, DAY)
        assert not note.exists()
        assert not path.exists()
    done = tmp_path / "done" / "2024-08-16"
    assert {path.name: path.read_text("utf-8") for path in done.iterdir()} == {
        "列表.csv": "0", "列表-2.csv": "1", "列表-3.csv": "2",
    }  # fmt: skip
