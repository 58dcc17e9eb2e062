"""Ids of messages that do not say their day, so that the same paste, or a longer one, gives the same reports.

The day that such a message is taken to be from changes with the day of the import. Where it says at least the hour its
id is made of that and of its words, who is named in them left out; else of the file that it stands in.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from patrol import text
from patrol.hazards.formats.chat import Message
from patrol.hazards.keys import MADE
from patrol.plan import sha256

_HOURS = re.compile(r"(?:[01]?\d|2[0-3]):\d\d\S*.*$")


def message_ids(messages: Sequence[Message], file: str) -> list[str]:
    """Return the id of each message, "" where it says its day; ``file`` is the start of the hash of its file."""
    found, seen = [], Counter[str]()
    for message in messages:
        hours = _HOURS.search(message.time) if message.guessed else None
        if message.time and not message.guessed:
            found.append("")
        elif hours is None:
            found.append(f"{MADE}{file}:{message.row}")
        else:
            said = f"{hours[0]}\n{text.mask_identity(message.body, message.name)}"
            own = sha256(said.encode("utf-8", "replace"))[:16]
            seen[own] += 1
            found.append(f"{MADE}{own}:{seen[own]}")
    return found
