"""Giving memory back to the system after much of it was in use for a moment."""

from __future__ import annotations

import ctypes
import sys

import pyarrow as pa


def give_back() -> None:
    """Return memory that is free to the system, where the C library would keep it for later.

    Reading a large layer leaves the heap full of holes that later arrays do not fit into; without this, a
    district of a million roads holds some hundred megabytes more than it uses. It does nothing but on Linux with glibc.
    """
    pa.default_memory_pool().release_unused()
    if sys.platform == "linux":
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
        if trim is not None:
            trim(0)
