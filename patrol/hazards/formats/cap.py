"""CAP 1.2 alerts (and 1.0, 1.1): one, several, or a feed of them.

An alert says that an area is warned, not that something is on a line. XML that declares a document type
or entities is refused before it is parsed: entities can blow up memory or fetch files.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

from patrol import text
from patrol.hazards.formats.cap_area import area_of
from patrol.hazards.formats.cap_aside import NEEDED, as_cells, in_lines
from patrol.hazards.formats.cap_aside import local as _local
from patrol.hazards.formats.records import Tray, read_text, refuse
from patrol.hazards.model import Intake, IntakeContext

FORM = "cap"
LANGUAGES = ("zh", "en")  # preferred in this order, then whichever comes first
_SPACES = ("urn:oasis:names:tc:emergency:cap:", "http://www.incident.com/cap/")
_DECLARED = re.compile(rb"<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([A-Za-z0-9_.-]{1,40})[\"']")
_ENCODINGS = re.compile(
    r"utf-?8|utf-?16(?:le|be)?|gbk|gb2312|gb18030|us-ascii|iso-8859-\d+|windows-125\d|big5", re.IGNORECASE
)
_FORBIDDEN = re.compile(r"<!\s*(?:DOCTYPE|ENTITY|ELEMENT|ATTLIST|NOTATION)", re.IGNORECASE)
_START, _END = re.compile(r"<(?:\w{1,40}:)?alert[\s>]"), re.compile(r"</(?:\w{1,40}:)?alert\s*>")
MESSAGES = {"Alert": "", "Update": "Update of 更新", "Cancel": "Cancels 解除"}


def read_cap(raw: bytes, label: str, context: IntakeContext) -> Intake:
    """Read alerts of the Common Alerting Protocol.

    Parameters
    ----------
    raw, label, context
        XML: an alert, several one after the other or in any envelope, or an Atom feed that holds them.

    Returns
    -------
    Intake
        Records ``alert`` by a ``sensor``, one for each event of an alert, in Chinese or English where the
        alert has them. ``captured_at`` is when it was sent, ``given_closed`` when it expires, often still
        to come, ``area_wkt`` the warned area. Tests, exercises and drafts are set aside.

    Raises
    ------
    IntakeError
        If it is no XML, declares a document type or entities, or holds no alert.
    """
    found = _DECLARED.search(raw[:400])
    declared = found[1].decode("ascii") if found and not raw.startswith((b"\xff\xfe", b"\xfe\xff")) else ""
    if declared and not _ENCODINGS.fullmatch(declared):
        raise refuse(FORM, "encoding", label, f"encoding {declared!r} is not read", "save it as UTF-8")
    content = read_text(raw, label, FORM, declared)
    if _FORBIDDEN.search(content):
        what = "declares a document type or entities, which no alert needs and attacks do"
        raise refuse(FORM, "dtd", label, what, "get the alert from its issuer again")
    tray = Tray(FORM, raw, label, context)
    row = 0
    for row, element in enumerate(_elements(content, label), start=1):
        if isinstance(element, str):
            tray.reject(row, {"xml": in_lines(element)}, "xml", "is broken XML", "get the alert from its issuer again")
        elif _local(element) == "alert":
            _take(tray, row, element)
        else:
            what = "the entry of the feed holds no alert, only a link to one"
            tray.reject(row, as_cells(element), "link", what, "save the alert behind the link")
    if not row:
        raise refuse(FORM, "shape", label, "holds no CAP alert", "this is another kind of XML")
    return tray.intake()


def _elements(content: str, label: str) -> Iterator[Any]:
    """Yield alerts, entries of feeds without one, and as text what cannot be parsed."""
    body = re.sub(r"<\?xml[^<>]*\?>", "", content)
    try:
        root = ET.fromstring(f"<all>{body}</all>")
    except ET.ParseError as error:
        parsed = [_parsed(piece) for piece in _pieces(body)]
        if all(isinstance(one, str) for one in parsed):
            mend = "get the alert from its issuer again"
            raise refuse(FORM, "xml", label, f"is no XML: {text.clean(error, limit=200)}", mend) from error
        yield from parsed
        return
    above = {child: parent for parent in root.iter() for child in parent}
    filled = set()  # everything that an alert is in
    for element in root.iter():
        up = element if _local(element) == "alert" else None
        while up is not None and up not in filled:
            filled.add(up)
            up = above.get(up)
    for element in root.iter():
        name = _local(element)
        if (name == "alert" and _is_cap(element)) or (name in {"entry", "item"} and element not in filled):
            yield element


def _pieces(body: str) -> list[str]:
    """Return the alerts of a text that is broken somewhere, each on its own."""
    starts = [found.start() for found in _START.finditer(body)]
    pieces = [body[start:end] for start, end in pairwise([*starts, len(body)])]
    ends = [next((found.end() for found in _END.finditer(piece)), len(piece)) for piece in pieces]
    return [piece[:end] for piece, end in zip(pieces, ends, strict=True)]


def _parsed(piece: str) -> Any:
    try:
        return ET.fromstring(piece)
    except ET.ParseError:
        return piece


def _is_cap(element: Any) -> bool:
    space = str(element.tag).rpartition("}")[0].lstrip("{")
    return not space or space.startswith(_SPACES)


def _said(element: Any, name: str) -> str:
    return next(((one.text or "").strip() for one in element if _local(one) == name), "")


def _all(element: Any, name: str) -> list[Any]:
    return [one for one in element if _local(one) == name]


def _take(tray: Tray, row: int, alert: Any) -> None:
    said = {name: _said(alert, name) for name in (*NEEDED, "references", "note")}
    missing = [name for name in NEEDED if not said[name]]
    if missing:
        what = f"lacks {', '.join(missing)}"
        tray.reject(row, as_cells(alert), "missing", what, "every alert has them; get it from its issuer again")
        return
    if said["status"] != "Actual":
        what = f"status is {text.clean(said['status'], limit=40)!r}: no actual warning"
        tray.reject(row, as_cells(alert), "status", what, "nothing to do: only actual alerts are taken")
        return
    if said["msgType"] not in MESSAGES:
        what = f"message type is {text.clean(said['msgType'], limit=40)!r}: no warning"
        tray.reject(row, as_cells(alert), "type", what, "nothing to do")
        return
    infos = _all(alert, "info")
    chosen, others = _language(infos)
    sender = said["sender"].rpartition("@")[2]  # a mail box is a person's, its host is the office
    values = {
        "record": "alert",
        "source": f"{FORM}:{tray.context.source or sender}",
        "party": "sensor",
        "captured_at": said["sent"],
    }
    original = as_cells(alert)
    for n, info in enumerate(chosen or [None]):
        same = [] if info is None else [info, *(group[n] for group in others if len(group) == len(chosen))]
        tray.keep(
            row,
            original,
            {
                **values,
                "external_id": said["identifier"] + (f"#{n + 1}" if n else ""),
                "type_ref": "" if info is None else _said(info, "event"),
                "description": _describe(said, same),
                "given_closed": "" if info is None else _said(info, "expires"),
                "area_wkt": _area(tray, row, same, said["msgType"]),
                "person_contact": "" if info is None else _said(info, "contact"),
            },
            [said["sender"]] if "@" in said["sender"] else [],
        )


def _language(infos: Sequence[Any]) -> tuple[list[Any], list[list[Any]]]:
    """Return the infos of the preferred language, and those of each other one."""
    groups: dict[str, list[Any]] = {}
    for info in infos:
        groups.setdefault((_said(info, "language") or "en-US").lower().replace("_", "-"), []).append(info)
    order = sorted(groups, key=lambda name: next((i for i, one in enumerate(LANGUAGES) if name.startswith(one)), 9))
    return (groups[order[0]], [groups[name] for name in order[1:]]) if order else ([], [])


def _describe(said: Mapping[str, str], infos: Sequence[Any]) -> str:
    """Return what a planner reads: what, how sure and how bad, where, from when to when, and what to do."""
    lines = []
    if said["msgType"] != "Alert":
        lines.append(f"{MESSAGES[said['msgType']]}: {_earlier(said['references']) or 'an earlier alert 先前预警'}")
    if not infos:
        lines.append(said["note"])
    for n, info in enumerate(infos):
        lines.append(_said(info, "headline") or _said(info, "event"))
        if n:  # another language: the headline is enough
            continue
        lines.append("; ".join(f"{name} {_said(info, name)}" for name in ("severity", "urgency", "certainty")
                               if _said(info, name)))  # fmt: skip
        lines.append(", ".join(dict.fromkeys(_said(area, "areaDesc") for area in _all(info, "area"))))
        lines += [f"{zh} {name}: {_said(info, name)}" for name, zh in (("onset", "开始"), ("expires", "结束"))
                  if _said(info, name)]  # fmt: skip
        lines += [_said(info, "description"), _said(info, "instruction")]
    return "\n".join(line for line in lines if line)


def _earlier(references: str) -> str:
    """Return the identifiers out of ``sender,identifier,sent ...``."""
    parts = [one.split(",") for one in references.split()]
    return ", ".join(one[1] for one in parts if len(one) == 3)


def _area(tray: Tray, row: int, infos: Sequence[Any], kind: str) -> str:
    """Return the warned area; of other languages only where the preferred one has none."""
    codes: list[str] = []
    for info in infos:
        areas = _all(info, "area")
        shapes = {name: [(one.text or "").strip() for area in areas for one in _all(area, name)]
                  for name in ("polygon", "circle")}  # fmt: skip
        wkt, faults = area_of(shapes["polygon"], shapes["circle"])
        for fault in faults:
            tray.tell("suspicion", "area", f"{text.clean(fault, limit=120)}; left out", "ask the issuer", row)
        if wkt:
            return wkt
        codes += [
            f"{_said(code, 'valueName')} {_said(code, 'value')}" for area in areas for code in _all(area, "geocode")
        ]
    if kind != "Cancel":
        named = f": it gives only codes ({text.clean(', '.join(dict.fromkeys(codes)), limit=120)})" if codes else ""
        what = f"the warned area is unknown{named}"
        tray.tell("suspicion", "no_area", what, "read the description to see whether it concerns these lines", row)
    return ""
