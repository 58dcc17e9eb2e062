"""Decisions made by hand in ``schedule.xlsx``: pin, forbid and move, read back and checked.

The file is an input like any other: all its faults are named at once, with sheet and row.
"""

from __future__ import annotations

import datetime as dt
import difflib
import re
import warnings
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from patrol import text
from patrol.errors import Finding, LayerError
from patrol.layers.tables import fill_down, has_merged
from patrol.words import LANGUAGES, say

Action = Literal["pin", "forbid", "move"]
SHEETS = {
    "schedule": ("task_id", "crew_id", "date", "pin", "forbid", "move_crew", "move_date"),
    "dropped": ("task_id", "move_crew", "move_date"),
    "kept": ("task_id", "crew_id", "date", "forbid"),
}
PUBLISHED = "published"  # in place of a sheet: not made by hand, but as an earlier plan has it
HEAD_SEARCH_ROWS = 10  # the heading row is looked for here: a notice stands above it, and people add lines
MARKS = {"x", "×", "✓", "√", "1", "y", "yes", "true", "是", "锁定", "禁止"}
NO_MARKS = {"", "0", "n", "no", "false", "否"}
_DATE = re.compile(
    r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?(?:[ T]00:00(?::00)?)?|(\d{4})(\d\d)(\d\d)"
)


@dataclass(frozen=True, slots=True)
class Keep:
    """One decision made by hand.

    Attributes
    ----------
    task_id : str
        The task it is about.
    action : {'pin', 'forbid', 'move'}
        ``pin`` and ``move`` bind the task to the crew on the day; ``forbid`` takes the crew's day away.
    crew_id, date
        The crew and the day it names; both are always given.
    sheet, row, file : str, int, str
        Where it stands: the row is the one that the spreadsheet shows beside it.
    heading, label : str
        The heading of its column and the name of its task (line and poles) as the sheet shows them, for
        messages; empty where the decision comes from elsewhere. Two decisions are the same without them.
    """

    task_id: str
    action: Action
    crew_id: str
    date: dt.date
    row: int
    sheet: str = "schedule"
    file: str = ""
    heading: str = field(default="", compare=False)
    label: str = field(default="", compare=False)


def read_keep(
    path: Path | str,
    *,
    tasks: Collection[str] | None = None,
    crews: Collection[str] | None = None,
    dates: Collection[dt.date] | None = None,
) -> tuple[Keep, ...]:
    """Read the marks of an edited ``schedule.xlsx``.

    Parameters
    ----------
    path : path
        A workbook as :func:`patrol.reports.spreadsheet.write_schedule_xlsx` writes it; headings in either
        language, columns in any order, rows sorted or deleted at will.
    tasks, crews, dates : collections, optional
        What exists; None where the caller checks that later.

    Returns
    -------
    tuple of Keep
        In the order of sheets and rows, each decision once.

    Raises
    ------
    LayerError
        Names every fault at once: unreadable file, missing sheet or column, unknown task or crew,
        dates that are malformed or outside the plan, marks that are none, a task bound to two places,
        a task bound to a place that is forbidden to it.
    """
    keeps, found = examine_keep(path, tasks=tasks, crews=crews, dates=dates)
    if found:
        raise LayerError(found)
    return keeps


def examine_keep(
    path: Path | str,
    *,
    tasks: Collection[str] | None = None,
    crews: Collection[str] | None = None,
    dates: Collection[dt.date] | None = None,
) -> tuple[tuple[Keep, ...], tuple[Finding, ...]]:
    """Read the marks like :func:`read_keep`, as far as they can be read, and return every fault beside them.

    Raises
    ------
    LayerError
        If the file is no workbook at all.
    """
    reader = _Reader(Path(path).name, _lookup(tasks), _lookup(crews), None if dates is None else set(dates))
    book = _open(Path(path))
    try:
        names = [name for name in SHEETS if name in book.sheetnames]
        if "schedule" not in names:
            reader.add(
                "", None, "", "keep.no_sheet", "there is no sheet 'schedule'", "edit the file that the plan wrote"
            )
        for name in names:
            reader.sheet(name, book[name].iter_rows(values_only=True))
    finally:
        book.close()
    reader.contradictions()
    return tuple(reader.keeps.values()), tuple(reader.found)


def _open(path: Path) -> Any:
    from openpyxl import load_workbook

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # styles that openpyxl does not know are none of the planner's business
            if not has_merged(path):
                return load_workbook(path, read_only=True, data_only=True)
            book = load_workbook(path, data_only=True)  # cells merged over rows count for each of them
            for sheet in book.worksheets:
                fill_down(sheet)
            return book
    except FileNotFoundError as error:
        finding = Finding("error", "keep.missing", str(path), "the file does not exist", "check the name after --keep")
        raise LayerError(finding) from error
    except Exception as error:  # openpyxl raises whatever its parsers meet; all mean the same to a person
        what = f"cannot be read as an Excel workbook ({error.__class__.__name__})"
        mend = "save it as .xlsx (not .xls, .et, .ods or .csv), without a password"
        raise LayerError(Finding("error", "keep.unreadable", path.name, what, mend)) from error


def _lookup(known: Collection[str] | None) -> dict[str, list[str]] | None:
    """Return the ids that a cell may mean, by its text: as it is, and as the writer made it safe."""
    if known is None:
        return None
    table: dict[str, list[str]] = {}
    for name in sorted(set(known)):
        for shown in dict.fromkeys((name, text.clean(name), text.cell(name))):
            table.setdefault(shown, []).append(name)
    return table


def spelt(name: str, known: Collection[str]) -> str:
    """Return a name as it is known: ``ent-1`` is ENT-1 where no other name differs from it by case alone."""
    alike = {one for one in known if one.casefold() == name.casefold()}
    return next(iter(alike)) if name not in known and len(alike) == 1 else name


def _shown(value: object) -> str:
    """Return a cell as text; a whole number that Excel made of an id loses its decimals."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return text.clean(value)


@dataclass(slots=True)
class _Reader:
    """Gathers decisions and faults over the sheets of one file."""

    file: str
    tasks: dict[str, list[str]] | None
    crews: dict[str, list[str]] | None
    dates: set[dt.date] | None
    keeps: dict[tuple[str, str, str, dt.date], Keep] = field(default_factory=dict)
    found: list[Finding] = field(default_factory=list)
    titles: dict[tuple[str, str], str] = field(default_factory=dict)

    def add(self, sheet: str, row: int | None, column: str, code: str, what: str, mend: str) -> None:
        """Name a fault; the column by its heading, as the sheet shows it."""
        source = f"{self.file}, sheet {sheet}" if sheet else self.file
        shown = self.titles.get((sheet, column), column)
        self.found.append(Finding("error", code, source, what, mend, row=row, field=shown))

    def sheet(self, name: str, rows: Iterable[tuple[object, ...]]) -> None:
        """Read one sheet; without its columns nothing of it is read."""
        columns: dict[str, int] | None = None
        for number, cells in enumerate(rows, start=1):
            if columns is None:
                columns = self._columns(name, cells)
                if columns is None and number >= HEAD_SEARCH_ROWS:
                    break
                continue
            row = {key: cells[at] if at < len(cells) else None for key, at in columns.items()}
            self._row(name, number, row)
        if columns is None:
            titles = " / ".join(say("reports.columns.task_id", lang) for lang in LANGUAGES)
            what = f"no row of headings in the first {HEAD_SEARCH_ROWS} rows"
            self.add(name, None, "", "keep.no_column", what, f"it must hold {titles}")

    def _columns(self, name: str, cells: tuple[object, ...]) -> dict[str, int] | None:
        """Return the place of each column if this is the heading row, else None."""
        shown = [_shown(cell) for cell in cells]
        places: dict[str, int] = {}
        for key in (*SHEETS[name], "label"):
            titles = {key, *(say(f"reports.columns.{key}", lang).casefold() for lang in LANGUAGES)}
            at = next((k for k, title in enumerate(shown) if title.casefold() in titles), None)
            if at is not None:
                places[key] = at
        if "task_id" not in places:
            return None
        self.titles |= {(name, key): shown[at] for key, at in places.items()}
        missing = [key for key in SHEETS[name] if key not in places]
        for key in missing:
            titles_text = " / ".join(say(f"reports.columns.{key}", lang) for lang in LANGUAGES)
            self.add(name, None, "", "keep.no_column", f"the column {titles_text} is missing", "put it back")
        return {} if missing else places

    def _row(self, sheet: str, row: int, cells: Mapping[str, object]) -> None:
        said = {key: self._marked(sheet, row, key, cells[key]) for key in ("pin", "forbid") if key in cells}
        moved = bool(_shown(cells.get("move_crew")) or _shown(cells.get("move_date")))
        if not moved and not any(mark is not False for mark in said.values()):
            return
        task = self._known(sheet, row, "task_id", cells["task_id"], self.tasks, "task")
        label = _shown(cells.get("label"))
        if any(mark is not False for mark in said.values()):  # what is beside a mark that is none is looked at, too
            place = self._place(sheet, row, (cells["crew_id"], cells["date"]), ("crew_id", "date"))
            for action, mark in said.items():
                if mark:
                    self._keep(sheet, row, task, action, place, (action, label))
        if moved:
            wanted, columns = (cells["move_crew"], cells["move_date"]), ("move_crew", "move_date")
            if sheet == "schedule":  # an empty half stays as it is on this row
                wanted = (
                    wanted[0] if _shown(wanted[0]) else cells["crew_id"],
                    wanted[1] if _shown(wanted[1]) else cells["date"],
                )
            heading = columns[0] if _shown(cells["move_crew"]) else columns[1]
            self._keep(sheet, row, task, "move", self._place(sheet, row, wanted, columns), (heading, label))

    def _marked(self, sheet: str, row: int, key: str, value: object) -> bool | None:
        """Return whether a cell is marked; None, after naming it, if it is neither marked nor empty."""
        shown = _shown(value).casefold()
        if shown not in MARKS | NO_MARKS:
            self.add(sheet, row, key, "keep.mark", f"{shown!r} is no mark", "write x, or leave it empty")
            return None
        return shown in MARKS

    def _place(
        self, sheet: str, row: int, place: tuple[object, object], columns: tuple[str, str]
    ) -> tuple[str, dt.date | None]:
        crew = self._known(sheet, row, columns[0], place[0], self.crews, "crew")
        return crew, self._day(sheet, row, columns[1], place[1])

    def _keep(
        self,
        sheet: str,
        row: int,
        task: str,
        action: Any,
        place: tuple[str, dt.date | None],
        shown: tuple[str, str],
    ) -> None:
        """Note a decision whose task, crew and day are good; ``shown`` is its column and the name of its task."""
        crew, day = place
        if task and crew and day is not None:
            heading = self.titles.get((sheet, shown[0]), shown[0])
            keep = Keep(task, action, crew, day, row, sheet, self.file, heading, shown[1])
            self.keeps.setdefault((task, action, crew, day), keep)

    def _known(
        self, sheet: str, row: int, column: str, value: object, known: dict[str, list[str]] | None, what: str
    ) -> str:
        """Return the id that a cell means, or '' after naming why there is none."""
        shown = _shown(value)
        if not shown:
            mend = "mark rows of tasks only" if what == "task" else "write the crew as well as the date"
            self.add(sheet, row, column, f"keep.no_{what}", f"this marked row names no {what}", mend)
            return ""
        if known is None:
            return text.uncell(shown)
        names = known.get(shown) or known.get(spelt(shown, known), [])
        if len(names) == 1:
            return names[0]
        if names:
            said = f"{shown!r} may mean {' or '.join(map(repr, names))}"
            self.add(sheet, row, column, f"keep.ambiguous_{what}", said, "rename one of them in the inputs")
        else:
            near = difflib.get_close_matches(shown, known, n=1)
            mend = f"did you mean {near[0]!r}?" if near else f"use the id of a {what} of this plan"
            self.add(sheet, row, column, f"keep.unknown_{what}", f"there is no {what} {shown!r}", mend)
        return ""

    def _day(self, sheet: str, row: int, column: str, value: object) -> dt.date | None:
        if not _shown(value):
            self.add(
                sheet,
                row,
                column,
                "keep.no_date",
                "this marked row names no date",
                "write the date as well as the crew",
            )
            return None
        day = read_day(value)
        if day is None:
            what = f"{_shown(value)!r} is no date"
            self.add(sheet, row, column, "keep.bad_date", what, "write it like 2024-08-16")
        elif self.dates is not None and day not in self.dates:
            span = f"{min(self.dates)} to {max(self.dates)}" if self.dates else "no day at all"
            self.add(sheet, row, column, "keep.date_outside", f"{day} is not in the plan", f"the plan has {span}")
            return None
        return day

    def contradictions(self) -> None:
        """Name every task that is bound to two places, or to one that is forbidden to it."""
        bound: dict[str, Keep] = {}
        for keep in self.keeps.values():
            if keep.action == "forbid":
                continue
            other = bound.setdefault(keep.task_id, keep)
            if (other.crew_id, other.date) != (keep.crew_id, keep.date):
                what = (
                    f"{named(keep)} is bound to {keep.crew_id} on {keep.date} here, "
                    f"and to {other.crew_id} on {other.date} on sheet {other.sheet}, row {other.row}"
                )
                self.add(keep.sheet, keep.row, keep.heading, "keep.two_places", what, "keep one of the two")
        for keep in self.keeps.values():
            tied = bound.get(keep.task_id)
            if keep.action == "forbid" and tied and (tied.crew_id, tied.date) == (keep.crew_id, keep.date):
                what = (
                    f"{keep.crew_id} on {keep.date} is forbidden to {named(keep)} here, "
                    f"and bound to it on sheet {tied.sheet}, row {tied.row}"
                )
                self.add(keep.sheet, keep.row, keep.heading, "keep.forbidden_place", what, "take one of the marks away")


def named(keep: Keep, labels: Mapping[str, str] | None = None) -> str:
    """Return what people call the task of a mark: as its sheet or the plan names it, else its id."""
    return keep.label or (labels or {}).get(keep.task_id) or f"task {keep.task_id}"


def read_day(value: object) -> dt.date | None:
    """Return the day that a cell means, or None: an Excel date, an Excel day number, or text as people write days."""
    if isinstance(value, dt.datetime):
        return value.date()
    if isinstance(value, dt.date):
        return value
    if isinstance(value, (int, float)) and 20_000 < value < 100_000:  # Excel's day numbers of 1954 to 2173
        from openpyxl.utils.datetime import from_excel

        moment = from_excel(value)
        return moment.date() if isinstance(moment, dt.datetime) else None
    match = _DATE.fullmatch(_shown(value))
    if not match:
        return None
    year, month, day = (int(part) for part in match.groups() if part is not None)
    try:
        return dt.date(year, month, day)
    except ValueError:
        return None
