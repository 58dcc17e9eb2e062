"""A project folder: ``project.toml`` names every input, and nothing is read that it does not name."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from pathlib import Path, PureWindowsPath
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from patrol.config import Settings, build_settings, check_settings, unknown_key
from patrol.errors import ConfigError, Finding

CONFIG_VERSION = 1
INPUTS = (
    "lines", "poles", "equipment", "roads", "zones", "places", "water", "crews", "roster", "service_points",
    "requests", "patrols", "faults", "hazards", "weather",
)  # fmt: skip
REQUIRED_INPUTS = ("lines", "crews")
_INPUT_KEYS = {"path": str, "layer": str, "crs": str, "encoding": str, "columns": dict}
_TOP_KEYS = {
    "config_version", "name", "name_zh", "timezone", "language", "crs", "synthetic", "attribution",
    "inputs", "settings",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class InputSpec:
    """Where one input lies and what its owner declares about it.

    Attributes
    ----------
    kind : str
        One of :data:`INPUTS`.
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
class Project:
    """What ``project.toml`` says; ``attribution`` is whom maps must name as the source of the data."""

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

    def has(self, kind: str) -> bool:
        """Return whether the project names an input of this kind."""
        return kind in self.inputs


def read_project(path: Path | str) -> Project:
    """Read a project folder (or its ``project.toml``).

    Raises
    ------
    ConfigError
        Names every fault of the file at once: missing file, TOML syntax, unknown keys, wrong types,
        inputs that do not exist.
    """
    file = Path(path)
    if file.is_dir():
        file = file / "project.toml"
    label = file.name
    if not file.is_file():
        what = f"no project file at {path}"
        raise ConfigError(Finding("error", "project.missing", str(path), what, "make one with: patrol init FOLDER"))
    try:
        table = tomllib.loads(file.read_text("utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        mend = "mend the TOML at that place; text files are UTF-8"
        raise ConfigError(Finding("error", "project.syntax", label, str(error), mend)) from error
    found = [unknown_key(key, sorted(_TOP_KEYS), label, "") for key in table if key not in _TOP_KEYS]
    inputs = _inputs(table.get("inputs", {}), file.parent, label, found)
    settings, faults = build_settings(Settings, _table(table, "settings", label, found), label, "settings")
    found += faults
    found += check_settings(settings, label)
    _check_top(table, label, found)
    if found:
        raise ConfigError(found)
    return Project(
        root=file.parent.resolve(),
        name=str(table.get("name") or file.parent.resolve().name),
        name_zh=str(table.get("name_zh", "")),
        timezone=str(table.get("timezone", "Asia/Shanghai")),
        language=str(table.get("language", "zh")),
        crs=str(table.get("crs", "")),
        synthetic=bool(table.get("synthetic", False)),
        attribution=str(table.get("attribution", "")),
        inputs=MappingProxyType(inputs),
        settings=settings,
    )


def _table(table: dict[str, Any], key: str, label: str, found: list[Finding]) -> dict[str, Any]:
    value = table.get(key, {})
    if isinstance(value, dict):
        return value
    found.append(Finding("error", "config.type", label, "must be a table", f"write [{key}]", field=key))
    return {}


def _check_top(table: dict[str, Any], label: str, found: list[Finding]) -> None:
    version = table.get("config_version")
    if version != CONFIG_VERSION:
        what = "config_version is missing" if version is None else f"config_version {version!r} is not known"
        found.append(
            Finding(
                "error",
                "config.version",
                label,
                what,
                f"write config_version = {CONFIG_VERSION}",
                field="config_version",
            )
        )
    zone = table.get("timezone", "Asia/Shanghai")
    if not isinstance(zone, str) or zone not in available_timezones():
        found.append(
            Finding(
                "error",
                "config.timezone",
                label,
                f"{zone!r} is no IANA time zone",
                'write for example "Asia/Shanghai"',
                field="timezone",
            )
        )
    else:
        ZoneInfo(zone)
    for key in ("name", "name_zh", "crs", "attribution"):
        if not isinstance(table.get(key, ""), str):
            found.append(
                Finding("error", "config.type", label, f"{table[key]!r} is not a text", "put it in quotes", field=key)
            )
    if table.get("language", "zh") not in {"zh", "en"}:
        found.append(
            Finding(
                "error",
                "config.language",
                label,
                f"{table['language']!r} is not known",
                'write "zh" or "en"',
                field="language",
            )
        )
    if not isinstance(table.get("synthetic", False), bool):
        found.append(
            Finding(
                "error", "config.type", label, "must be true or false", "true marks invented data", field="synthetic"
            )
        )


def _inputs(table: Any, root: Path, label: str, found: list[Finding]) -> dict[str, InputSpec]:
    specs: dict[str, InputSpec] = {}
    if not isinstance(table, dict):
        found.append(Finding("error", "config.type", label, "must be a table", "write [inputs.lines]", field="inputs"))
        return specs
    for kind, entry in table.items():
        where = f"inputs.{kind}"
        if kind not in INPUTS:
            found.append(unknown_key(kind, list(INPUTS), label, "inputs"))
            continue
        if isinstance(entry, str):
            entry = {"path": entry}  # noqa: PLW2901 - the short form: lines = "lines.gpkg"
        if not isinstance(entry, dict) or not isinstance(entry.get("path"), str) or not entry["path"]:
            found.append(
                Finding(
                    "error", "config.input", label, "names no file", f'write [{where}] path = "file.gpkg"', field=where
                )
            )
            continue
        bad = [key for key in entry if key not in _INPUT_KEYS]
        found += [unknown_key(key, list(_INPUT_KEYS), label, where) for key in bad]
        wrong = [key for key, kind_ in _INPUT_KEYS.items() if key in entry and not isinstance(entry[key], kind_)]
        for key in wrong:
            found.append(
                Finding(
                    "error", "config.type", label, f"must be a {_INPUT_KEYS[key].__name__}", "", field=f"{where}.{key}"
                )
            )
        if Path(entry["path"]).is_absolute() or PureWindowsPath(entry["path"]).is_absolute():
            found.append(
                Finding(
                    "error",
                    "config.absolute",
                    label,
                    "the path must be relative to this file",
                    "move the file into the project folder",
                    field=f"{where}.path",
                )
            )
            continue
        target = root / entry["path"]
        if not target.exists():
            found.append(
                Finding(
                    "error",
                    "input.missing",
                    entry["path"],
                    "the file does not exist",
                    f"put it there, or mend {where}.path in {label}",
                )
            )
        if wrong or bad:
            continue
        specs[kind] = InputSpec(
            kind=kind,
            path=target.resolve(),
            label=entry["path"],
            layer=entry.get("layer", ""),
            crs=entry.get("crs", ""),
            encoding=entry.get("encoding", ""),
            columns=MappingProxyType({str(k): str(v) for k, v in entry.get("columns", {}).items()}),
        )
    for kind in REQUIRED_INPUTS:
        if kind not in table:
            found.append(
                Finding(
                    "error",
                    "config.input",
                    label,
                    f"no {kind} are named",
                    f'write [inputs.{kind}] path = "..."',
                    field=f"inputs.{kind}",
                )
            )
    return specs
