"""Rows of a frame as plain dictionaries, for the few places that treat rows one by one."""

from __future__ import annotations

from typing import Any, cast

import pandas as pd


def records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the rows of a frame as dictionaries by column, in order."""
    return cast("list[dict[str, Any]]", frame.to_dict("records"))
