"""A project folder: ``project.toml`` names every input, and nothing is read that it does not name."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from pathlib import Path, PureWindowsPath
from types import MappingProxyType
from typing import Any
from zoneinfo import available_timezones

from patrol.config import Settings, build_settings, check_settings, unknown_key
from patrol.config.scenario import Scenario
from patrol.errors import MEND_TOML, ConfigError, Finding, toml_words

CONFIG_VERSION = 1
INBOX = "inbox"
INPUTS = (
    "lines", "poles", "equipment", "roads", "zones", "places", "water", "crews", "roster", "service_points",
    "rounds", "requests", "patrols", "faults", "hazards", "weather",
)  # fmt: skip
# Files that are no layers: read by the module that needs them, named in [inputs] like every other.
FILE_INPUTS = ("calendar", "register", "field", "appointments", "hazard_types", "keywords")
MADE_WHEN_NEEDED = ("register", "field", "appointments")  # need not exist yet
REQUIRED_INPUTS = ("lines", "crews")
_INPUT_KEYS = {"path": str, "layer": str, "crs": str, "encoding": str, "columns": dict}
_SHAPEFILE = (".shx", ".dbf", ".prj", ".cpg", ".sbn", ".sbx", ".qix")
_LOGS = ("-wal", "-shm", "-journal")  # of a database
_TOP_KEYS = {
    "config_version", "name", "name_zh", "timezone", "timezone_guessed", "language", "crs", "synthetic", "attribution",
    "inputs", "intake", "settings",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class InputSpec:
    """Where one input lies and what its owner declares about it.

    Attributes
    ----------
    kind : str
        One of :data:`INPUTS` or :data:`FILE_INPUTS`.
    path : Path
        Resolved path. ``label`` is the path as written, for messages.
    layer, crs, encoding : str
        Empty if not declared. ``crs`` may be an EPSG code, ``GCJ-02`` or ``BD-09``.
    columns : dict
        Column mapping, project name -> name in the file.
    """

    kind: str
    path: Path
    label: str
    layer: str = ""
    crs: str = ""
    encoding: str = ""
    columns: MappingProxyType[str, str] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True)
class IntakeSpec:
    """What ``[intake]`` declares about tables of reports: coordinates, party, source of the ids, column names.

    ``inbox`` is the folder, in that of the project, into which files are put to be taken in.
    """

    crs: str = ""
    party: str = ""
    source: str = ""
    columns: MappingProxyType[str, str] = field(default_factory=lambda: MappingProxyType({}))
    inbox: str = INBOX


@dataclass(frozen=True, slots=True)
class Project:
    """What ``project.toml`` says; ``attribution`` is whom maps must name as the source of the data.

    ``timezone_guessed`` is told at every check and plan until its owner deletes it.
    ``inputs`` are the layers and tables of :data:`INPUTS`, ``files`` those of :data:`FILE_INPUTS`.
    """

    root: Path
    name: str
    name_zh: str
    timezone: str
    language: str
    crs: str
    synthetic: bool
    attribution: str
    inputs: MappingProxyType[str, InputSpec]
    settings: Settings
    files: MappingProxyType[str, InputSpec] = field(default_factory=lambda: MappingProxyType({}))
    intake: IntakeSpec = field(default_factory=IntakeSpec)
    timezone_guessed: bool = False
    scenario: Scenario | None = None  # of a what-if: see patrol.layers.scenario

    def has(self, kind: str) -> bool:
        """Return whether the project names an input of this kind."""
        return kind in self.inputs or kind in self.files

    def file(self, kind: str) -> Path | None:
        """Return the path of one of :data:`FILE_INPUTS`, or None if the project does not name it."""
        return self.files[kind].path if kind in self.files else None

    def own(self, path: Path) -> str:
        """Return what a path is to the project (``register``, ``lines``, ...), "" if nothing: never written over.

        Its own file, whatever ``[inputs]`` names by any name that leads there, what belongs beside those (the other
        files of a shapefile, the logs of a database), photographs, the inbox, and the rows set aside of reports.
        """
        target = path.resolve()
        mine = {"project.toml": self.root / "project.toml", "quarantine": self.root / "quarantine.csv"}
        mine["field_quarantine"] = self.root / "field_quarantine.csv"
        mine |= {kind: spec.path for kind, spec in (*self.inputs.items(), *self.files.items())}
        for kind, own in mine.items():
            beside = {own.with_name(own.name + ending) for ending in _LOGS}
            beside |= {own.with_suffix(ending) for ending in _SHAPEFILE if own.suffix.lower() == ".shp"}
            if target in {own, *beside} or (target.exists() and own.exists() and target.samefile(own)):
                return kind
        folders = {"photos": self.root / "photos", "inbox": self.inbox}
        return next((kind for kind, folder in folders.items() if target.is_relative_to(folder)), "")

    @property
    def inbox(self) -> Path:
        """The folder into which files are put to be taken in."""
        return (self.root / self.intake.inbox).resolve()


def read_project(path: Path | str) -> Project:
    """Read a project folder (or its ``project.toml``).

    Raises
    ------
    ConfigError
        Names every fault of the file at once: missing file, TOML syntax, unknown keys, wrong types,
        inputs that do not exist.
    """
    project, found = examine_project(path)
    if found or project is None:
        raise ConfigError(found)
    return project


def examine_project(path: Path | str) -> tuple[Project | None, tuple[Finding, ...]]:
    """Read a project folder as far as it can be read, and return every fault of its file.

    A faulty setting keeps its default and a faulty input is left out, so that the faults of the other
    inputs can be found in the same run. None where the file is missing or no TOML.
    """
    file = Path(path)
    if file.is_dir():
        file = file / "project.toml"
    label = file.name
    if not file.is_file():
        what = f"no project file at {path}"
        return None, (Finding("error", "project.missing", str(path), what, "make one with: patrol init FOLDER"),)
    try:
        table = tomllib.loads(file.read_text("utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        return None, (Finding("error", "project.syntax", label, toml_words(error), MEND_TOML),)
    found = [unknown_key(key, sorted(_TOP_KEYS), label, "") for key in table if key not in _TOP_KEYS]
    inputs = _inputs(_table(table, "inputs", label, found), file.parent, label, found)
    intake = _intake(_table(table, "intake", label, found), label, found)
    settings, faults = build_settings(Settings, _table(table, "settings", label, found), label, "settings")
    found += faults
    found += check_settings(settings, label)
    top = _top(table, label, found)
    project = Project(
        root=file.parent.resolve(),
        name=str(top.pop("name") or file.parent.resolve().name),
        **top,
        inputs=MappingProxyType({kind: spec for kind, spec in inputs.items() if kind in INPUTS}),
        settings=settings,
        files=MappingProxyType({kind: spec for kind, spec in inputs.items() if kind in FILE_INPUTS}),
        intake=intake,
    )
    return project, tuple(found)


def _table(table: dict[str, Any], key: str, label: str, found: list[Finding]) -> dict[str, Any]:
    value = table.get(key, {})
    if isinstance(value, dict):
        return value
    found.append(Finding("error", "config.type", label, "must be a table", f"write [{key}]", field=key))
    return {}


def _top(table: dict[str, Any], label: str, found: list[Finding]) -> dict[str, Any]:
    """Return the keys outside every table; a faulty one has its default."""
    good: dict[str, Any] = {
        "name": "", "name_zh": "", "timezone": "Asia/Shanghai", "language": "zh", "crs": "", "synthetic": False,
        "attribution": "", "timezone_guessed": False,
    }  # fmt: skip

    def take(key: str, right: bool, code: str, what: str, mend: str) -> None:
        if right:
            good[key] = table.get(key, good[key])
        else:
            found.append(Finding("error", f"config.{code}", label, what, mend, field=key))

    version = table.get("config_version")
    if version != CONFIG_VERSION:
        what = "config_version is missing" if version is None else f"config_version {version!r} is not known"
        mend = f"write config_version = {CONFIG_VERSION}"
        found.append(Finding("error", "config.version", label, what, mend, field="config_version"))
    zone = table.get("timezone", "Asia/Shanghai")
    known = isinstance(zone, str) and zone in available_timezones()
    take("timezone", known, "timezone", f"{zone!r} is no IANA time zone", 'write for example "Asia/Shanghai"')
    for key in ("name", "name_zh", "crs", "attribution"):
        value = table.get(key, "")
        take(key, isinstance(value, str), "type", f"{value!r} is not a text", "put it in quotes")
    language = table.get("language", "zh")
    take("language", language in ("zh", "en"), "language", f"{language!r} is not known", 'write "zh" or "en"')
    for key, mend in {
        "synthetic": "true marks invented data",
        "timezone_guessed": "delete it once the time zone is right",
    }.items():
        take(key, isinstance(table.get(key, False), bool), "type", "must be true or false", mend)
    return good


def _intake(table: dict[str, Any], label: str, found: list[Finding]) -> IntakeSpec:
    """Return what ``[intake]`` declares about tables of reports."""
    known: dict[str, type] = {"crs": str, "party": str, "source": str, "columns": dict, "inbox": str}
    values: dict[str, Any] = {}
    for key, value in table.items():
        if key not in known:
            found.append(unknown_key(key, list(known), label, "intake"))
        elif not isinstance(value, known[key]):
            what, mend = f"{value!r} is not a {'table' if known[key] is dict else 'text'}", "see the README"
            found.append(Finding("error", "config.type", label, what, mend, field=f"intake.{key}"))
        else:
            values[key] = value
    inbox = values.get("inbox", INBOX)
    parts = Path(inbox).parts
    if not parts or Path(inbox).is_absolute() or PureWindowsPath(inbox).is_absolute() or ".." in parts:
        what, mend = f"{inbox!r} is no folder within the project", 'write for example "inbox"'
        found.append(Finding("error", "config.inbox", label, what, mend, field="intake.inbox"))
        del values["inbox"]
    columns = MappingProxyType({str(k): str(v) for k, v in values.pop("columns", {}).items()})
    return IntakeSpec(**values, columns=columns)


def _inputs(table: dict[str, Any], root: Path, label: str, found: list[Finding]) -> dict[str, InputSpec]:
    specs = {}
    for kind, entry in table.items():
        if kind not in (*INPUTS, *FILE_INPUTS):
            found.append(unknown_key(kind, [*INPUTS, *FILE_INPUTS], label, "inputs"))
            continue
        # The short form: lines = "lines.gpkg".
        spec = _input(kind, {"path": entry} if isinstance(entry, str) else entry, root, label, found)
        if spec is not None:
            specs[kind] = spec
    for kind in REQUIRED_INPUTS:
        if kind not in table:
            mend = f'write [inputs.{kind}] path = "..."'
            found.append(Finding("error", "config.input", label, f"no {kind} are named", mend, field=f"inputs.{kind}"))
    return specs


def _input(kind: str, entry: Any, root: Path, label: str, found: list[Finding]) -> InputSpec | None:
    """Return one input, or None where its entry is wrong in a way that leaves nothing to read."""
    where = f"inputs.{kind}"

    def wrong(code: str, what: str, mend: str, key: str = "") -> None:
        field_name = f"{where}.{key}" if key else where
        found.append(Finding("error", code, label, what, mend, field=field_name))

    if not isinstance(entry, dict) or not isinstance(entry.get("path"), str) or not entry["path"]:
        wrong("config.input", "names no file", f'write [{where}] path = "file.gpkg"')
        return None
    faults = len(found)
    keys = {"path": str} if kind in FILE_INPUTS else _INPUT_KEYS
    found += [unknown_key(key, list(keys), label, where) for key in entry if key not in keys]
    for key, type_ in keys.items():
        if key in entry and not isinstance(entry[key], type_):
            wrong("config.type", f"must be a {type_.__name__}", "", key)
    badly_written = len(found) > faults
    path = entry["path"]
    if Path(path).is_absolute() or PureWindowsPath(path).is_absolute():
        mend = "move the file into the project folder"
        wrong("config.absolute", "the path must be relative to this file", mend, "path")
        return None
    if not path.isprintable():
        wrong(
            "config.path",
            f"{path!r} holds what no name holds: \\n, \\t and the like mean marks",
            "write / for \\",
            "path",
        )
        return None
    target = root / path
    if not target.exists() and kind not in MADE_WHEN_NEEDED:
        mend = f"put it there, or mend {where}.path in {label}"
        found.append(Finding("error", "input.missing", path, "the file does not exist", mend))
        return None
    if kind in FILE_INPUTS and target.is_dir():
        found.append(Finding("error", "input.folder", path, "is a folder, not a file", f"mend {where}.path in {label}"))
        return None
    if badly_written:
        return None
    columns = MappingProxyType({str(k): str(v) for k, v in entry.get("columns", {}).items()})
    declared = {key: entry.get(key, "") for key in ("layer", "crs", "encoding")}
    return InputSpec(kind=kind, path=target.resolve(), label=path, columns=columns, **declared)
