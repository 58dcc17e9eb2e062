"""Which encoding a text is in: what its owner says, else UTF-8, else GB18030, each strictly.

Strictly means that one byte which does not fit rules an encoding out. Nearly every GB18030 text breaks
UTF-8, so the order matters: GB18030 accepts far more.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass

import numpy as np

ORDER = ("utf-8", "gb18030")
WESTERN = {"iso8859-1", "iso8859-15", "cp1252"}
_BEYOND_ASCII = re.compile(rb"[\x80-\xff]+")
_GB2312 = re.compile(rb"(?:[\xa1-\xa9\xb0-\xf7][\xa1-\xfe])*")
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def decode(data: bytes, declared: str = "") -> tuple[str, str]:
    """Return a text and the encoding it was in.

    Parameters
    ----------
    data : bytes
        With or without a byte order mark.
    declared : str
        What the owner of the file says; then nothing else is tried.

    Raises
    ------
    UnicodeError
        If no encoding fits.
    LookupError
        If the declared encoding does not exist.
    """
    if declared:
        name = python_name(declared)
        return data.decode("utf-8-sig" if name == "utf-8" else name), name
    for mark, name in _MARKS:
        if data.startswith(mark):
            return data.decode(name), name
    for name in ORDER[:-1]:
        try:
            return data.decode(name), name
        except UnicodeDecodeError:
            continue
    return data.decode(ORDER[-1]), ORDER[-1]


def python_name(declared: str) -> str:
    """Return Python's name of an encoding as people and ``.cpg`` files write it: ``936``, ``GBK``, ``65001``.

    Raises
    ------
    LookupError
        If there is no such encoding.
    """
    word = declared.strip().lower().replace("ansi", "").replace("oem", "").strip()
    known = {"65001": "utf-8", "936": "gb18030", "54936": "gb18030", "88591": "latin-1", "8859_1": "latin-1"}
    word = known.get(word, word)
    if word.isdigit():
        word = f"cp{word}"
    if not word.isprintable():
        raise LookupError(f"no encoding is called {declared!r}")
    name = codecs.lookup(word).name
    return "gb18030" if name in {"gbk", "gb2312", "cp936"} else name  # GB18030 holds the others


@dataclass(frozen=True, slots=True)
class DbfText:
    """What the attribute table of a shapefile is written in.

    Attributes
    ----------
    name : str
        Encoding, empty if none fits.
    why : str
        ``cpg`` (the ``.cpg`` file says so), ``declared``, ``tried``, or ``ascii``.
    cut : bool
        Some value fills its field and ends within a character (writers cut at bytes).
    """

    name: str
    why: str
    cut: bool = False


def dbf_text(dbf: bytes, cpg: str = "", declared: str = "") -> DbfText:
    """Return the encoding of a ``.dbf``: the declared one, the ``.cpg``, UTF-8, GB18030, the first that fits all cells.

    A ``.cpg`` that names an encoding of one byte a character says little, for any bytes fit it, and programs write the
    Western ones unasked: text that is UTF-8, or in these Chinese throughout, is read as such.

    Raises
    ------
    LookupError
        If the declared encoding does not exist.
    """
    cells = _foreign_cells(dbf)
    if declared:
        name = python_name(declared)
        fits, cut = _fits(cells, name)
        return DbfText(name if fits else "", "declared", cut)
    tries: list[tuple[str, str]] = []
    try:
        if cpg.strip():
            tries.append((python_name(cpg), "cpg"))
    except LookupError:
        pass  # a .cpg that names nothing says nothing
    if not cells:
        return DbfText(tries[0][0] if tries else "utf-8", tries[0][1] if tries else "ascii")
    rest = [(name, "tried") for name in ORDER]
    if tries and _one_byte(tries[0][0]):
        chinese = tries[0][0] in WESTERN and all(_chinese(cell, full) for cell, full in cells)
        tries = [(name, "tried") for name in (ORDER if chinese else ORDER[:1])] + tries
    tries += rest
    for name, why in tries:
        fits, cut = _fits(cells, name)
        if fits:
            return DbfText(name, why, cut)
    return DbfText("", "tried")


def _one_byte(name: str) -> bool:
    """Return whether nearly every byte is a character in an encoding."""
    return sum(len(bytes([byte]).decode(name, "ignore")) for byte in range(128, 256)) > 96


def _chinese(cell: bytes, full: bool) -> bool:
    """Return whether all that is not ASCII in a cell are pairs of bytes of GB 2312.

    Western words hardly ever are: their letters beyond ASCII stand alone as a rule.
    """
    runs = _BEYOND_ASCII.findall(cell)
    if full and runs and len(runs[-1]) % 2 and cell.endswith(runs[-1]):
        runs[-1] = runs[-1][:-1]  # cut within a character
    return all(_GB2312.fullmatch(run) for run in runs)


def _fits(cells: list[tuple[bytes, bool]], name: str) -> tuple[bool, bool]:
    cut = False
    for cell, full in cells:
        try:
            cell.decode(name)
        except UnicodeDecodeError as error:
            # A full field may end within a character; that is the writer's fault, not another encoding.
            if not (full and error.end >= len(cell) and len(cell) - error.start < 4):
                return False, False
            cut = True
    return True, cut


def _foreign_cells(dbf: bytes) -> list[tuple[bytes, bool]]:
    """Return the distinct non-ASCII headings and text cells of a dBase table, with whether they fill their field."""
    if len(dbf) < 33:
        return []
    count = int.from_bytes(dbf[4:8], "little")
    start, width = int.from_bytes(dbf[8:10], "little"), int.from_bytes(dbf[10:12], "little")
    found: set[tuple[bytes, bool]] = set()
    fields: list[tuple[int, int]] = []
    at, offset = 32, 1
    while at + 32 <= min(start, len(dbf)) and dbf[at] != 0x0D:
        heading = dbf[at : at + 11].split(b"\0")[0]
        if not heading.isascii():
            found.add((heading, len(heading) >= 10))
        length = dbf[at + 16]
        if dbf[at + 11 : at + 12] == b"C":
            length += dbf[at + 17] << 8  # long text fields use the decimals byte too
            fields.append((offset, length))
        offset += length
        at += 32
    if not width or not fields or start >= len(dbf):
        return sorted(found)
    body = np.frombuffer(
        dbf, dtype=np.uint8, count=min(count * width, max(len(dbf) - start, 0) // width * width), offset=start
    )
    body = body.reshape(-1, width)
    for first, length in fields:
        part = body[:, first : first + length]
        for row in np.unique(part[(part > 127).any(axis=1)], axis=0):
            cell = row.tobytes()
            found.add((cell.rstrip(b" \0"), not cell.endswith((b" ", b"\0"))))
    return sorted(found)
