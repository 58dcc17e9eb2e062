"""Ctrl-C during a search: the first one asks it to end with the best plan so far, the second one ends the program."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from rich.text import Text

from patrol.cli.show import errors


@contextmanager
def stoppable() -> Iterator[Callable[[], bool]]:
    """Give a function that says whether the search shall end, while the block runs.

    Signals reach the main thread only; elsewhere (a notebook's server, a test) nothing is changed.
    """
    asked = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield asked.is_set
        return

    def ask(_number: int, _frame: FrameType | None) -> None:
        asked.set()
        signal.signal(signal.SIGINT, before)
        errors().print(Text("Stopping with the best plan so far; press Ctrl-C again to leave without one."))

    before = signal.signal(signal.SIGINT, ask)
    try:
        yield asked.is_set
    finally:
        signal.signal(signal.SIGINT, before)
