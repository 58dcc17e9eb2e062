"""Care for memory where very many objects are made at once."""

from __future__ import annotations

import ctypes
import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pyarrow as pa

M_MMAP_THRESHOLD = -3  # of glibc's malloc.h


@contextmanager
def without_collection() -> Iterator[None]:
    """Put off the search for cycles of objects, of which reading a layer makes none.

    The search walks through all objects each time that many were made; a district's hundred thousands of
    geometries cost it about as much as reading them.
    """
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def large_apart() -> None:
    """Have the C library keep every array of a megabyte or more apart, so that it goes back as soon as it is dropped.

    Left to itself it learns to take arrays of up to 32 MB out of one heap, which the geometries of a large layer
    then keep full of holes; see :func:`give_back`. It does nothing but on Linux with glibc, and again is harmless.
    """
    if sys.platform == "linux":
        option = getattr(ctypes.CDLL(None), "mallopt", None)
        if option is not None:
            option(M_MMAP_THRESHOLD, 1 << 20)


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
