"""Names that fit a handheld receiver: code, line and pole in at most fourteen plain letters.

Handhelds cut or refuse longer waypoint names, and many have no Chinese letters; the code alone tells the stop, so
what does not fit is cut from the line's name first and from the pole's number last.
"""

from __future__ import annotations

import re
import unicodedata

from patrol import text

MAX_NAME = 14  # GPX sets no limit; receivers of the last decade show at least so many
_PLAIN = re.compile(r"[^A-Za-z0-9.-]+")


def plain(value: object) -> str:
    """Return what plain letters, digits, dots and dashes a text has; full-width ones become narrow."""
    return _PLAIN.sub("", unicodedata.normalize("NFKC", text.clean(value)))


def short_name(code: int, line: object = "", pole: object = "", *, fallback: str = "stop") -> str:
    """Return a name such as ``12 F624 133B02``.

    Parameters
    ----------
    code : int
        Short code of the stop; never cut.
    line, pole : object
        Id of the line and number of the pole; either may be missing, or have no plain letters at all.
    fallback : str
        Stands where neither is left.
    """
    head = f"{code:02d}"
    room = MAX_NAME - len(head) - 1
    tail = plain(pole)[-room:]
    left = room - len(tail) - (1 if tail else 0)
    stem = plain(line)[-left:] if left > 0 else ""
    return " ".join(part for part in (head, stem, tail) if part) if stem or tail else f"{head} {fallback}"[:MAX_NAME]
