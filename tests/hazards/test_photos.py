"""Photographs: kept once under their hash, with the camera's place; rubbish is refused in words."""

import hashlib

import pytest
from PIL import ExifTags, Image

from patrol.errors import IntakeError
from patrol.hazards.photos import take_photo


def picture(path, *, gps=None, taken=""):
    exif = Image.Exif()
    if gps:
        exif.get_ifd(ExifTags.IFD.GPSInfo).update(gps)
    if taken:
        exif[ExifTags.Base.DateTime] = taken
    Image.new("RGB", (8, 6), (200, 30, 30)).save(path, exif=exif)
    return path


def test_a_photo_is_kept_under_its_hash_with_the_cameras_place(tmp_path):
    gps = {1: "N", 2: (38.0, 54.0, 36.0), 3: "W", 4: (106.0, 30.0, 0.0)}
    source = picture(tmp_path / "my nest.jpg", gps=gps, taken="2024:08:16 09:12:33")
    photo = take_photo(source, tmp_path / "project")
    assert photo.sha256 == hashlib.sha256(source.read_bytes()).hexdigest()
    assert (photo.lon, photo.lat) == (-106.5, 38.91)
    assert photo.taken == "2024-08-16T09:12:33"
    assert (tmp_path / "project" / photo.name).read_bytes() == source.read_bytes()
    assert "nest" not in photo.name
    take_photo(source, tmp_path / "project")
    assert len(list((tmp_path / "project" / "photos").iterdir())) == 1


@pytest.mark.parametrize("gps", [None, {1: "N", 2: (0.0, 0.0, 0.0), 3: "E", 4: (0.0, 0.0, 0.0)}])
def test_no_fix_is_no_place(tmp_path, gps):
    photo = take_photo(picture(tmp_path / "a.jpg", gps=gps), tmp_path)
    assert (photo.lon, photo.lat, photo.taken) == (None, None, "")


@pytest.mark.parametrize("content", [b"", b"<script>", b"\x89PNG\r\n\x1a\n", b"BM" + b"\0" * 60])
def test_rubbish_is_refused_and_nothing_is_written(tmp_path, content):
    (tmp_path / "x.jpg").write_bytes(content)
    with pytest.raises(IntakeError, match=r"x\.jpg"):
        take_photo(tmp_path / "x.jpg", tmp_path / "project")
    assert not (tmp_path / "project").exists()


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(IntakeError, match="cannot be read"):
        take_photo(tmp_path / "none.jpg", tmp_path)
