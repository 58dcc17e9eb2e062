"""Compiling numeric loops."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar, cast

from numba import njit

_Function = TypeVar("_Function", bound=Callable[..., object])


def compiled(function: _Function) -> _Function:
    """Compile a function on its first call; the machine code is kept beside its file for the next process."""
    return cast(_Function, njit(cache=True, nogil=True)(function))
