"""The register's file: made whole or not at all, opened only if it is ours, written by one at a time.

SQLite in WAL mode: readers never wait, a writer takes the lock before it reads what it decides on
(``BEGIN IMMEDIATE``), and what is committed is on the disk (``synchronous = FULL``).
"""

from __future__ import annotations

import os
import random
import sqlite3
import stat
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from patrol.errors import Finding, RegisterError
from patrol.hazards.disks import check_disk
from patrol.hazards.geopackage import APPLICATION_ID
from patrol.hazards.tables import SCHEMA_VERSION, add_functions, make_register

BUSY_S = 30.0
_AFTER_YOU_S = 0.004
_MAGIC = b"SQLite format 3\x00"
_CACHE_KIB = 131_072


def fault(path: Path, code: str, what: str, mend: str) -> RegisterError:
    """Return the error for a register's file."""
    return RegisterError(Finding("error", f"register.{code}", path.name, what, mend))


@contextmanager
def told(path: Path) -> Iterator[None]:
    """Turn what SQLite says about a file into a RegisterError."""
    try:
        yield
    except sqlite3.OperationalError as error:
        if "locked" in str(error) or "busy" in str(error):
            what = f"another program has been writing for more than {BUSY_S:.0f} s"
            raise fault(path, "busy", what, "close it, or try again") from error
        if "readonly" in str(error):
            raise fault(path, "read_only", "the file cannot be written", "give yourself the right to write") from error
        if "full" in str(error):
            raise fault(path, "disk_full", "the disk is full; nothing was written", "make room, try again") from error
        raise fault(path, "damaged", f"the file cannot be read ({error})", "restore a backup") from error
    except sqlite3.DatabaseError as error:
        raise fault(path, "damaged", f"the file is damaged ({error})", "restore a backup") from error


def connect(path: Path, *, create: bool) -> sqlite3.Connection:
    """Open a register's file, making it first if it is not there and ``create`` is set.

    Raises
    ------
    RegisterError
        If it lies on a network drive, is missing, not writable, no register, or cut short.
    """
    check_disk(path)
    if not path.exists():
        if not create:
            raise fault(path, "missing", "there is no register", "the first report taken in makes it")
        _make(path)
    _check_file(path)
    with told(path):
        connection = sqlite3.connect(path, timeout=BUSY_S, isolation_level=None)
        try:
            _set_up(connection)
            _check_register(connection, path)
        except BaseException:
            connection.close()
            raise
    return connection


def _set_up(connection: sqlite3.Connection) -> None:
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA secure_delete = ON")
    connection.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")
    add_functions(connection)


def _make(path: Path) -> None:
    """Write an empty register beside its place and link it there, so that no half-made one is ever seen."""
    if not path.parent.is_dir():
        raise fault(path, "missing", f"its folder {path.parent.name!r} does not exist", "make the folder")
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    except OSError as error:
        raise fault(path, "read_only", f"it cannot be made ({error.strerror})", "mend the folder's rights") from error
    os.close(handle)
    draft = Path(name)
    try:
        draft.chmod(0o600)  # it will hold names and phones
        with told(path), closing(sqlite3.connect(draft, isolation_level=None)) as connection:
            _set_up(connection)
            connection.execute("BEGIN")
            make_register(connection)
            connection.execute("COMMIT")
        with suppress(FileExistsError):  # somebody else made it at the same moment
            try:
                os.link(draft, path)
            except FileExistsError:
                raise
            except OSError:  # a file system without hard links
                if not path.exists():
                    draft.replace(path)
    finally:
        with suppress(OSError):  # its folder may be none
            draft.unlink(missing_ok=True)


def _check_file(path: Path) -> None:
    if not path.is_file():
        raise fault(path, "not_ours", "it is not a file", "name the register's file")
    rights = path.stat().st_mode & (stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH)
    if not rights or not os.access(path, os.W_OK) or not os.access(path.parent, os.W_OK):
        what = "the file or its folder is read-only, and a register locks its file even to read it"
        raise fault(path, "read_only", what, "give yourself the right to write, or copy it to where you may")
    with path.open("rb") as stream:
        header = stream.read(100)
    if header[:16] != _MAGIC:
        what = "the file is empty" if not header else "this is no SQLite file"
        raise fault(path, "not_ours", what, "name the register's file, or restore a backup")
    size = int.from_bytes(header[16:18], "big")
    pages = int.from_bytes(header[28:32], "big")
    length = pages * (65_536 if size == 1 else size)
    # While a write-ahead log lies beside it, the log may hold the rest.
    if path.stat().st_size < length and not path.with_name(f"{path.name}-wal").exists():
        what = f"the file is cut short: {path.stat().st_size} of {length} bytes"
        raise fault(path, "truncated", what, "restore a backup")


def _check_register(connection: sqlite3.Connection, path: Path) -> None:
    application = connection.execute("PRAGMA application_id").fetchone()[0]
    if application != APPLICATION_ID:
        raise fault(path, "not_ours", "this SQLite file is no GeoPackage", "name the register's file")
    tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    if "patrol_register" not in tables or "events" not in tables:
        raise fault(path, "not_ours", "this GeoPackage is no hazard register", "name the register's file")


def schema_version(connection: sqlite3.Connection, path: Path) -> int:
    """Return the version of the file's layout.

    Raises
    ------
    RegisterError
        If it is newer than this program, or no number.
    """
    row = connection.execute("SELECT value FROM patrol_register WHERE key = 'schema_version'").fetchone()
    if row is None or not str(row[0]).isdecimal():
        raise fault(path, "not_ours", "the register does not say its version", "restore a backup")
    version = int(row[0])
    if version > SCHEMA_VERSION:
        what = f"the register is of version {version}, and this program knows {SCHEMA_VERSION}"
        raise fault(path, "newer", what, "use the newer program that wrote it")
    return version


@contextmanager
def transaction(connection: sqlite3.Connection, path: Path) -> Iterator[None]:
    """Hold the write lock: all that is done inside is committed together, or not at all."""
    with told(path):
        _begin(connection)
        try:
            yield
            connection.execute("COMMIT")
            time.sleep(_AFTER_YOU_S)
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise


def _begin(connection: sqlite3.Connection) -> None:
    """Take the write lock, waiting as long as BUSY_S.

    SQLite's own wait looks ever more seldom, ten times a second in the end, while newcomers look at once:
    of six busy writers, those who have waited longest starve. Here all look equally often, and who has
    just written gives the others time to look.
    """
    limit = time.monotonic() + BUSY_S
    connection.execute("PRAGMA busy_timeout = 0")
    try:
        while True:
            try:
                connection.execute("BEGIN IMMEDIATE")
                return
            except sqlite3.OperationalError as error:
                if "locked" not in str(error) or time.monotonic() > limit:
                    raise
            time.sleep(random.uniform(0.0005, _AFTER_YOU_S))
    finally:
        connection.execute(f"PRAGMA busy_timeout = {int(BUSY_S * 1000)}")


def holds_register(path: Path) -> bool:
    """Return whether a file is a hazard register, of whatever project: nothing else is written over it."""
    if not path.is_file():
        return False
    try:
        with path.open("rb") as stream:
            if stream.read(len(_MAGIC)) != _MAGIC:
                return False
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True, timeout=1)) as file:
            sql = "SELECT count(*) FROM sqlite_master WHERE name IN ('patrol_register', 'events')"
            return bool(file.execute(sql).fetchone()[0] == 2)
    except (OSError, sqlite3.Error):
        return False  # no register that could be read


def copy(connection: sqlite3.Connection, path: Path, out: Path) -> None:
    """Copy a register, people's names too, to another file while others go on writing; replace it when whole.

    Raises
    ------
    RegisterError
        If the register is damaged, or what stands there is no earlier copy of it: then that stays as it is.
    """
    _check_target(connection, path, out)
    draft = out.with_name(f".{out.name}.{os.getpid()}.draft")
    try:
        draft.touch(0o600)  # the system says why a place cannot be written, SQLite does not
        with told(out), closing(sqlite3.connect(draft, isolation_level=None)) as target:
            connection.backup(target)
            target.execute("PRAGMA journal_mode = DELETE")  # one file, no log beside it
            found = _damage(target)
        if found:
            what = f"the register is damaged ({found}): {out.name} was not written, a backup there stays as it was"
            raise fault(path, "damaged", what, "restore a backup")
        with draft.open("rb+") as stream:
            os.fsync(stream.fileno())
        draft.replace(out)
    except OSError as error:
        raise fault(out, "backup", f"it cannot be written ({error.strerror})", "name a file you may write") from error
    finally:
        with suppress(OSError):  # its folder may be none
            draft.unlink(missing_ok=True)


def _damage(connection: sqlite3.Connection) -> str:
    """Return what is wrong with the pages of a database, "" if nothing."""
    try:
        found = str(connection.execute("PRAGMA quick_check(1)").fetchone()[0])
    except sqlite3.DatabaseError as error:
        return str(error)
    return "" if found == "ok" else " ".join(found.split())


def _check_target(connection: sqlite3.Connection, path: Path, out: Path) -> None:
    """Refuse to copy a register over anything but an earlier copy of it."""
    mend = "name another file"
    if out.resolve() == path.resolve() or (out.exists() and path.exists() and out.samefile(path)):
        raise fault(path, "backup", "the backup would overwrite the register", mend)
    if not out.is_file() or not out.stat().st_size:
        return
    if not holds_register(out):
        raise fault(out, "backup", "there is a file of this name that is no backup of a register", mend)
    with told(out), closing(sqlite3.connect(f"{out.resolve().as_uri()}?mode=ro", uri=True)) as file:
        last = file.execute("SELECT seq, hash FROM events ORDER BY seq DESC LIMIT 1").fetchone()
    if last and not connection.execute("SELECT 1 FROM events WHERE seq = ? AND hash = ?", last).fetchone():
        what = "the register there holds events that this one does not: it is no earlier copy of it"
        raise fault(out, "backup", what, mend)
