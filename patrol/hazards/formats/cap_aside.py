"""Alerts that were set aside, as texts that can be mended in a spreadsheet, and back.

A row has what every alert needs in cells of its own and the whole alert as XML beside them, for areas stand deep in
it. What the cells say goes into the XML before it is read again.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Mapping
from typing import Any

NEEDED = ("identifier", "sender", "sent", "status", "msgType")
WHOLE = "xml"
_LINE = 2000  # letters: cells are cleaned line by line, and a longer line would be cut


def local(element: Any) -> str:
    """Return the name of an element without its namespace."""
    return str(element.tag).rpartition("}")[2]


def as_cells(element: Any) -> dict[str, str]:
    """Return what an alert needs and the whole of it as XML; of the entry of a feed what it says."""
    said = {local(one): (one.text or "").strip() for one in reversed(list(element))}
    if local(element) != "alert":
        return {name: one for name, one in said.items() if one}
    inside = any(local(one) == "alert" for one in element.iter() if one is not element)  # nonsense, and may be endless
    return {name: said.get(name, "") for name in NEEDED} | {WHOLE: "" if inside else in_lines(_written(element))}


def in_lines(whole: str) -> str:
    """Return XML with each tag on a line of its own, and long lines broken where there is a space."""
    lines = re.sub(r">\s*<", ">\n<", whole.strip()).split("\n")
    return "\n".join(part for line in lines for part in _broken(line))


def _broken(line: str) -> list[str]:
    if len(line) <= _LINE:
        return [line]
    parts: list[list[str]] = [[]]
    length = 0
    for word in line.split(" "):
        if length > _LINE // 2:
            parts.append([])
            length = 0
        parts[-1].append(word)
        length += len(word) + 1
    return [" ".join(words) for words in parts]


def as_xml(cells: Mapping[str, str]) -> str:
    """Return the alert of a row, with what its cells say; as it stands where it cannot be parsed."""
    whole = cells.get(WHOLE, "")
    if "<!" in whole:  # declares something, which the parser refuses
        return whole
    try:
        element = ET.fromstring(whole)
    except ET.ParseError:
        return whole
    if local(element) == "alert":
        space = str(element.tag).rpartition("alert")[0]
        for place, name in enumerate(NEEDED):
            _put(element, space, name, place, cells.get(name, ""))
    return _written(element) or whole


def _written(element: Any) -> str:
    """Return an element as text, "" if it is nested so deep that no alert is."""
    try:
        return ET.tostring(element, encoding="unicode")
    except RecursionError:
        return ""


def _put(alert: Any, space: str, name: str, place: int, said: str) -> None:
    found = next((one for one in alert if local(one) == name), None)
    if found is not None:
        found.text = said
    elif said:
        found = ET.Element(f"{space}{name}")
        found.text = said
        alert.insert(place, found)
