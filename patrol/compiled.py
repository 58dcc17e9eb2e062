"""Compiling numeric loops, with machine code kept between runs only as long as it fits.

numba keeps compiled code beside each source file and looks whether that one file has changed. A loop calls
others in other files, whose code is inside its own, so an edited callee would go on as it was. Here the
machine code of all loops lies in a folder named by a hash of all their sources, of numba and of the processor.

No fast arithmetic is asked for: a result must not depend on how many numbers a processor takes at a time.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import tempfile
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar, cast

import llvmlite.binding
import numba

_Function = TypeVar("_Function", bound=Callable[..., object])

MARKS = (b"@compiled", b"@lean", b"@inner", b"@inlined")  # a file with one of these holds loops
KEPT = 4  # folders of machine code: several versions may take turns
IMPORT = re.compile(rb"^from ([\w.]+) import", re.MULTILINE)


def compiled(function: _Function) -> _Function:
    """Compile a function on its first call; the machine code is kept for the next process where that is possible.

    Use it as a plain decorator, ``@compiled``, and import with ``from ... import``: that is how the files that
    matter are found.
    """
    return _compile(function)


def lean(function: _Function) -> _Function:
    """Compile like :func:`compiled` a function that makes no arrays: nor does it count references to those it is given.

    A loop that hands thirty arrays to a function a million times a second spends most of its time counting.
    """
    return _compile(function, **_LEAN)


def inner(function: _Function) -> _Function:
    """Compile like :func:`lean` a function that only compiled functions call."""
    return _compile(function, **_LEAN, **_NO_DOORS)


def inlined(function: _Function) -> _Function:
    """Compile like :func:`inner`, into the functions that call it."""
    return _compile(function, **_LEAN, **_NO_DOORS, forceinline=True)


_LEAN = {"_nrt": False, "error_model": "numpy"}
_NO_DOORS = {"no_cpython_wrapper": True, "no_cfunc_wrapper": True}  # half of what a small function takes to compile


def _compile(function: _Function, **options: Any) -> _Function:
    folder = cache_folder()
    if folder is None:
        return cast(_Function, numba.njit(nogil=True, **options)(function))
    settings = vars(numba.config)
    usual, settings["CACHE_DIR"] = settings["CACHE_DIR"], str(folder)
    try:
        return cast(_Function, numba.njit(cache=True, nogil=True, **options)(function))
    finally:
        settings["CACHE_DIR"] = usual


@lru_cache(maxsize=1)
def cache_folder() -> Path | None:
    """Return the folder for machine code, None if there is no place to write.

    It is under ``NUMBA_CACHE_DIR`` if that is set, else beside this file, else in the user's cache folder.
    """
    try:
        name = f"kernels-{source_key(Path(__file__).parent)}"
    except OSError:  # the package is in an archive, not in a folder
        return None
    if chosen := vars(numba.config)["CACHE_DIR"]:
        places = [Path(chosen)]
    else:
        places = [Path(__file__).parent / "__pycache__"]
        own = os.environ.get("LOCALAPPDATA") or os.environ.get("XDG_CACHE_HOME")
        home = os.environ.get("HOME") or os.environ.get("USERPROFILE")
        if own or home:
            places.append((Path(own) if own else Path(str(home)) / ".cache") / "patrol")
    for place in places:
        try:
            (place / name).mkdir(parents=True, exist_ok=True)
            tempfile.TemporaryFile(dir=place / name).close()
            os.utime(place / name)
        except OSError:
            continue
        _drop_old(place)
        return place / name
    return None


def _drop_old(place: Path) -> None:
    """Remove the machine code of other sources but the :data:`KEPT` folders used last; who misses one compiles anew."""
    try:
        folders = sorted(place.glob("kernels-*"), key=lambda folder: folder.stat().st_mtime, reverse=True)
    except OSError:  # another process is at it
        return
    for folder in folders[KEPT:]:
        shutil.rmtree(folder, ignore_errors=True)


def source_key(package: Path) -> str:
    """Return a short hash of all sources with loops below a folder, of numba's version and of this processor.

    The modules of the package that those files import from count too: a loop freezes constants into itself.

    Raises
    ------
    OSError
        If a source cannot be read.
    """
    if not package.is_dir():
        raise NotADirectoryError(package)
    source = {path: path.read_bytes() for path in package.rglob("*.py")}
    held = {path for path, words in source.items() if any(mark in words for mark in MARKS)}
    modules = [name.decode().split(".") for path in held for name in IMPORT.findall(source[path])]
    held |= {package.joinpath(*parts[1:]).with_suffix(".py") for parts in modules if parts[0] == package.name}
    digest = hashlib.sha256()
    for path in sorted(held & source.keys()):
        digest.update(path.relative_to(package).as_posix().encode() + b"\0" + source[path] + b"\0")
    features = llvmlite.binding.get_host_cpu_features().flatten()
    machine = f"{numba.__version__} {llvmlite.binding.get_host_cpu_name()} {features}"
    digest.update(machine.encode())
    return digest.hexdigest()[:16]
