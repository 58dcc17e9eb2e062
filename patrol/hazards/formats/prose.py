"""Whether a plain text is messages about hazards at all, or a letter, a list or a program that only ends in .txt."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from patrol.errors import Finding, IntakeError
from patrol.hazards.formats.chat import split_messages
from patrol.hazards.formats.mentions import Mentions, mentions
from patrol.hazards.formats.messages import hazard_words
from patrol.hazards.keywords import plain
from patrol.hazards.model import IntakeContext

MAX_PIECES = 500  # of a long text, so many are looked at
_SHARE = 0.5
_NOWHERE = Mentions((), (), (), None)


def refuse_prose(content: str, label: str, context: IntakeContext) -> None:
    """Refuse a text that nobody called messages, without the time of any and mostly not about hazards.

    Raises
    ------
    IntakeError
        If no piece of it is headed by a time, and most name neither a line or pole nor a word for a hazard.
    """
    now = datetime.fromisoformat(context.now).astimezone(ZoneInfo(context.timezone))
    pieces = split_messages(content, now, hazard_words())
    if any(piece.time for piece in pieces):
        return
    bodies = [body for piece in pieces[:MAX_PIECES] if (body := piece.body.strip())]
    told = sum(_of_hazards(body, context.lines) for body in bodies)
    if told < _SHARE * len(bodies):
        what = f"{len(bodies) - told} of its {len(bodies)} pieces name neither a line, a pole nor a hazard: no messages"
        mend = "if they are messages all the same, say so with --format messages"
        raise IntakeError(Finding("error", "intake.prose", label, what, mend))


def _of_hazards(body: str, lines: tuple[str, ...]) -> bool:
    said = body[:1000]
    return mentions(said, lines) != _NOWHERE or hazard_words().search(plain(said)) is not None
