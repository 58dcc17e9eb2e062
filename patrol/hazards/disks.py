"""Network drives, on which SQLite's locks and shared memory do not hold, so that a register may not lie there."""

from __future__ import annotations

import ctypes
import os
import re
from pathlib import Path, PurePosixPath, PureWindowsPath

from patrol.errors import Finding, RegisterError

MOUNTS = Path("/proc/self/mounts")
_NETWORK = frozenset(
    {
        "nfs", "nfs3", "nfs4", "cifs", "smb", "smb2", "smb3", "smbfs", "9p", "v9fs", "afs", "afpfs", "ceph",
        "glusterfs", "lustre", "beegfs", "gpfs", "ncpfs", "coda", "davfs", "webdav", "vboxsf", "vmhgfs", "prl_fs",
    }
)  # fmt: skip
_LOCAL_FUSE = frozenset({"fuse.ntfs-3g", "fuseblk", "fuse.exfat", "fuse.mergerfs", "fuse.fuse-overlayfs", "fuse.lxcfs"})
_DRIVE_REMOTE = 4  # GetDriveTypeW


def network_kind(path: Path, mounts: str) -> str:
    """Return the file system's name if a path lies on a network drive, else "".

    Parameters
    ----------
    path : Path
        Absolute path, links resolved.
    mounts : str
        Text of ``/proc/mounts``. The longest mount point that holds the path decides, of several
        mounts on one point the last.
    """
    best, kind = -1, ""
    parts = PurePosixPath(path).parts
    for line in mounts.splitlines():
        fields = line.split(" ")
        if len(fields) < 3:
            continue
        # The kernel writes blanks in names as octal escapes.
        point = PurePosixPath(re.sub(r"\\([0-7]{3})", lambda m: chr(int(m[1], 8)), fields[1])).parts
        if len(point) >= best and parts[: len(point)] == point:
            best, kind = len(point), fields[2]
    remote = kind in _NETWORK or (kind.startswith("fuse.") and kind not in _LOCAL_FUSE)
    return kind if remote else ""


def windows_kind(path: str, drive_type: int) -> str:
    r"""Return what makes a Windows path a network path, else "".

    Parameters
    ----------
    path : str
        Absolute path; ``\\server\share`` names are network paths whatever the drive says.
    drive_type : int
        What ``GetDriveTypeW`` said of its drive.
    """
    anchor = PureWindowsPath(path).anchor
    if anchor.startswith("\\\\") and not anchor.startswith(("\\\\?\\", "\\\\.\\")):
        return "UNC"
    if anchor.upper().startswith("\\\\?\\UNC"):
        return "UNC"
    return "mapped drive" if drive_type == _DRIVE_REMOTE else ""


def _drive_type(path: Path) -> int:
    windows = getattr(ctypes, "windll", None)
    return 0 if windows is None else int(windows.kernel32.GetDriveTypeW(path.anchor))


def check_disk(path: Path, *, mounts: str | None = None) -> None:
    """Refuse a register on a network drive.

    Parameters
    ----------
    path : Path
        The register's file; need not exist.
    mounts : str, optional
        Text of the mount table instead of the machine's own. Where there is none (macOS), nothing is refused.

    Raises
    ------
    RegisterError
        With the file system's name and why it will not do.
    """
    place = path.resolve()
    if os.name == "nt" and mounts is None:
        kind = windows_kind(str(place), _drive_type(place))
    else:
        if mounts is None:
            mounts = MOUNTS.read_text("utf-8", "replace") if MOUNTS.is_file() else ""
        kind = network_kind(place, mounts)
    if kind:
        what = f"the register would lie on a network drive ({kind})"
        mend = "SQLite cannot lock a file there, and two writers would destroy it: keep the register on a local disk"
        raise RegisterError(Finding("error", "register.network_drive", path.name, what, mend))
