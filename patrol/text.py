"""The one door for untrusted text: what people report becomes harmless in HTML, CSV, XLSX, KML and pages.

Folium and branca render what they are given through Jinja, twice; escaping does not help there, so
field text never goes to them at all: it travels as data (see :func:`json_in_page`) and is shown with
``textContent``. Everything else that leaves the project passes one of the functions here.
"""

from __future__ import annotations

import html as _html
import json
import re
import unicodedata
from typing import Any

MAX_CHARS = 4_000  # longer field text is cut, with a mark; XLSX allows 32,767 a cell

_BIDI = re.compile("[\u202a-\u202e\u2066-\u2069\u200e\u200f\u061c]")
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def clean(text: object, *, limit: int = MAX_CHARS, multiline: bool = False) -> str:
    """Return text without control characters, direction overrides and lone surrogates, cut to ``limit``.

    Parameters
    ----------
    text : object
        Anything; ``None`` and NaN become the empty text.
    limit : int
        Longest result in characters, a closing ``…`` included.
    multiline : bool
        Keep line breaks; otherwise white space is folded to single spaces.
    """
    if text is None or text != text:  # noqa: PLR0124 - NaN is the value that differs from itself
        return ""
    raw = _BIDI.sub("", str(text))
    raw = raw.encode("utf-8", "replace").decode("utf-8")
    raw = raw.replace("\r\n", "\n").replace("\r", "\n")
    raw = "".join(c if c in "\n\t" or unicodedata.category(c) not in {"Cc", "Cs", "Co", "Cn"} else " " for c in raw)
    raw = raw.replace("\t", " ") if multiline else " ".join(raw.split())
    raw = raw.strip()
    return raw if len(raw) <= limit else raw[: limit - 1] + "…"


def html(text: object) -> str:
    """Return cleaned text that is safe as HTML content and inside a quoted attribute.

    Braces, dollars and backticks become entities too, so the text survives template engines and
    JavaScript template literals that see the page later.
    """
    escaped = _html.escape(clean(text), quote=True)
    for char in "{}$`":
        escaped = escaped.replace(char, f"&#{ord(char)};")
    return escaped


def cell(text: object) -> str:
    """Return cleaned text for a CSV or XLSX cell; what a spreadsheet could take as a formula gets a leading quote."""
    value = clean(text)
    return "'" + value if value.startswith(_FORMULA) else value


def uncell(text: object) -> str:
    """Return what :func:`cell` was given: drop the quote it put before a formula sign."""
    value = clean(text)
    return value[1:] if value.startswith("'") and value[1:].startswith(_FORMULA) else value


def xml(text: object) -> str:
    """Return cleaned text for XML (KML, GPX) content and attributes."""
    return _html.escape(clean(text), quote=True)


def json_in_page(value: Any) -> str:
    """Return JSON that is inert inside an HTML page: ``< > & { } $`` and the backtick are escaped in strings.

    Structural braces stay, so the result must not pass through Jinja; put it between raw marks or
    pack it (see ``maps.packing``).
    """
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    out: list[str] = []
    inside = False
    i = 0
    while i < len(text):
        char = text[i]
        if inside and char == "\\":
            out.append(text[i : i + 2])
            i += 2
            continue
        if char == '"':
            inside = not inside
        out.append(f"\\u{ord(char):04x}" if inside and char in "<>&{}$`\u2028\u2029" else char)
        i += 1
    return "".join(out)


def file_name(text: object, *, fallback: str = "unnamed") -> str:
    """Return a file name of letters, digits, dot, dash and underscore; Chinese letters stay."""
    value = re.sub(r"[^\w.-]+", "-", clean(text, limit=80), flags=re.UNICODE).strip("-. ")
    return value or fallback
