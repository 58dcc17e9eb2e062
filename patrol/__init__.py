"""Patrol routes and joint hazard defence for rural distribution lines."""

from __future__ import annotations

from typing import Any

__version__ = "0.1.0"


def show(what: Any, **options: Any) -> Any:
    """Return the map of a plan or of scores for a notebook cell; see :func:`patrol.api.show`.

    What it needs is loaded when it is called: importing ``patrol`` loads nothing.
    """
    from patrol.api import show as drawn

    return drawn(what, **options)
