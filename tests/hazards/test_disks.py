"""Network drives are refused, by the longest mount that holds the file."""

from pathlib import Path

import pytest

from patrol.errors import RegisterError
from patrol.hazards.disks import check_disk, network_kind, windows_kind

MOUNTS = """overlay / overlay rw 0 0
server:/offices /offices nfs4 rw 0 0
/dev/sdb1 /offices/li/local ext4 rw 0 0
//nas/office /mnt/office\\040share cifs rw 0 0
li@host: /offices/li/far fuse.sshfs rw 0 0
/dev/sdc1 /media/stick fuseblk rw 0 0
tmpfs /mnt tmpfs rw 0 0
broken
"""


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/desk/register.gpkg", ""),
        ("/offices/li/register.gpkg", "nfs4"),
        ("/offices/li/local/register.gpkg", ""),
        ("/offices/li/localized/register.gpkg", "nfs4"),
        ("/offices/li/far/register.gpkg", "fuse.sshfs"),
        ("/mnt/office share/a/register.gpkg", "cifs"),
        ("/mnt/office/register.gpkg", ""),
        ("/media/stick/register.gpkg", ""),
    ],
)
def test_the_longest_mount_decides(path, kind):
    assert network_kind(Path(path), MOUNTS) == kind


def test_of_two_mounts_on_one_point_the_last_counts():
    assert network_kind(Path("/data/x"), "a /data nfs rw\nb /data ext4 rw\n") == ""
    assert network_kind(Path("/data/x"), "b /data ext4 rw\na /data smb3 rw\n") == "smb3"


@pytest.mark.parametrize(
    ("path", "drive", "kind"),
    [
        ("C:\\Users\\li\\register.gpkg", 3, ""),
        ("Z:\\register.gpkg", 4, "mapped drive"),
        ("\\\\nas\\office\\register.gpkg", 1, "UNC"),
        ("\\\\?\\UNC\\nas\\office\\register.gpkg", 1, "UNC"),
        ("\\\\?\\C:\\register.gpkg", 3, ""),
    ],
)
def test_windows_paths(path, drive, kind):
    assert windows_kind(path, drive) == kind


def test_the_error_says_why(tmp_path):
    with pytest.raises(RegisterError, match=r"network drive \(nfs\).*SQLite cannot lock"):
        check_disk(tmp_path / "register.gpkg", mounts=f"s:/x {tmp_path} nfs rw 0 0\n")
    check_disk(tmp_path / "register.gpkg", mounts="")
    check_disk(tmp_path / "register.gpkg")
