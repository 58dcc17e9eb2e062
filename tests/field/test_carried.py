"""Photographs that travel inside a report-back."""

import base64
import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from field_cases import ident
from patrol.errors import IntakeError
from patrol.field.carried import picture_of, unpack
from patrol.plan import sha256


def jpeg(form="JPEG", orientation=1, **more):
    pixels = np.random.default_rng(1).integers(0, 255, (40, 60, 3), dtype=np.uint8)
    exif = Image.Exif()
    exif[0x0110] = "Secret phone"
    exif[0x0112] = orientation
    exif.get_ifd(0x8825).update({1: "N", 2: (38.0, 54.0, 0.0), 3: "E", 4: (106.0, 36.0, 0.0)})
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, form, exif=exif, **more)
    return out.getvalue()


def entry(raw, **more):
    name = f"{ident(7)}.jpg"
    return {"id": ident(7), "file": name, "sha256": sha256(raw), "data": base64.b64encode(raw).decode(), **more}


@pytest.mark.parametrize("more", [{}, {"progressive": True}, {"comment": b"Secret words"}])
def test_what_the_camera_wrote_is_gone_and_the_picture_is_the_same(more):
    raw = jpeg(**more)
    assert b"Secret" in raw
    got = picture_of(entry(raw + b"Secret film behind the end"))
    assert b"Secret" not in got
    one, two = Image.open(io.BytesIO(raw)), Image.open(io.BytesIO(got))
    assert not two.getexif()
    assert (np.asarray(one) == np.asarray(two)).all()


def test_a_png_loses_its_words_and_nothing_else():
    raw = jpeg("PNG")
    got = picture_of(entry(raw))
    assert b"Secret" not in got
    assert (np.asarray(Image.open(io.BytesIO(raw))) == np.asarray(Image.open(io.BytesIO(got)))).all()


def test_a_picture_on_its_side_is_turned_before_what_says_so_is_taken_out():
    got = Image.open(io.BytesIO(picture_of(entry(jpeg(orientation=6)))))
    assert got.size == (40, 60)
    assert not got.getexif()


def bomb():
    """Return a PNG of a few bytes that says it is 100,000 points wide and high."""

    def chunk(kind, body):
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = struct.pack(">IIBBBBB", 100_000, 100_000, 8, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0" * 100)) + chunk(b"IEND", b"")
    )


def vast():
    """Return a PNG of a few kilobytes that Pillow decodes without a word, and that no phone takes."""
    out = io.BytesIO()
    Image.new("1", (8000, 7000)).save(out, "PNG")
    return out.getvalue()


def gif():
    out = io.BytesIO()
    Image.new("P", (3, 3)).save(out, "GIF")
    return out.getvalue()


@pytest.mark.parametrize(
    ("photo", "why"),
    [
        (entry(b"<svg onload=alert(1)>"), "neither JPEG nor PNG"),
        (entry(gif()), "neither JPEG nor PNG"),
        (entry(jpeg()[:800]), "broken"),
        (entry(bomb()), "too large"),
        (entry(vast()), "8000 x 7000 points"),
        (entry(jpeg(), sha256="ab" * 32), "damaged on the way"),
        (entry(jpeg(), data="***"), "no base64"),
    ],
)
def test_what_is_no_picture_is_refused_with_the_reason(photo, why):
    with pytest.raises(IntakeError, match=why):
        picture_of(photo)


def test_pictures_are_unpacked_under_plain_names_only(tmp_path):
    photos = [
        entry(jpeg()),
        entry(jpeg(), file="../out.jpg"),
        {"id": ident(8), "file": "beside.jpg", "sha256": "0" * 64},
    ]
    assert unpack(photos, tmp_path) == {1: "its name is no plain name of a file"}
    assert [path.name for path in tmp_path.iterdir()] == [f"{ident(7)}.jpg"]
    assert not (tmp_path.parent / "out.jpg").exists()
