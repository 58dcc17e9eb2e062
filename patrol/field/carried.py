"""Photographs that travel inside a report-back: checked, and freed of all that the camera wrote beside the picture."""

from __future__ import annotations

import base64
import binascii
import io
import re
import struct
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from PIL import ExifTags, Image, ImageOps, UnidentifiedImageError

from patrol.errors import IntakeError
from patrol.plan import sha256

MAX_BYTES = 15_000_000
MAX_PIXELS = 50_000_000
_NAME = re.compile(r"[0-9A-Za-z][0-9A-Za-z._-]{0,199}")
_PNG = b"\x89PNG\r\n\x1a\n"
_PNG_KEPT = {b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"gAMA", b"sRGB", b"cHRM", b"iCCP", b"sBIT", b"pHYs"}
_QUALITY = 90


def picture_of(photo: dict[str, Any]) -> bytes:
    """Return the picture that an entry of ``photos`` carries, without EXIF, XMP and comments.

    The picture itself stays as it is to the last bit, unless the camera says that it lies on its side: then it is
    turned and compressed anew, for what said so is taken out.

    Raises
    ------
    IntakeError
        Why it is not taken: no base64, another hash, too large, no JPEG or PNG, broken.
    """
    data = photo["data"]
    if len(data) > MAX_BYTES * 4 // 3 + 4:
        raise IntakeError(f"is over {MAX_BYTES // 10**6} MB")
    try:
        raw = base64.b64decode(data, validate=True)
    except (binascii.Error, ValueError) as error:
        raise IntakeError("its data are no base64") from error
    if sha256(raw) != photo["sha256"]:
        raise IntakeError("its data do not have the hash that the file says: it was damaged on the way")
    form, turned = _looked_at(raw)
    if turned:
        return _upright(raw, form)
    return _bare_jpeg(raw) if form == "JPEG" else _bare_png(raw)


def _looked_at(raw: bytes) -> tuple[str, bool]:
    """Return the form of a picture that can be decoded, and whether it lies on its side."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # Pillow only warns of a picture that would fill the memory
            with Image.open(io.BytesIO(raw), formats=("JPEG", "PNG")) as image:
                if image.width * image.height > MAX_PIXELS:
                    raise IntakeError(f"has {image.width} x {image.height} points, which no phone makes")
                form, side = str(image.format), image.getexif().get(ExifTags.Base.Orientation, 1)
                image.load()
    except IntakeError:
        raise
    except UnidentifiedImageError as error:
        raise IntakeError("is neither JPEG nor PNG") from error
    except (OSError, SyntaxError, ValueError, Warning, Image.DecompressionBombError, struct.error) as error:
        raise IntakeError("is a broken picture, or one that is too large") from error
    return form, side not in (0, 1)


def _upright(raw: bytes, form: str) -> bytes:
    with Image.open(io.BytesIO(raw)) as image:
        whole = ImageOps.exif_transpose(image)
        out = io.BytesIO()
        whole.info.clear()
        whole.save(out, form, **({"quality": _QUALITY} if form == "JPEG" else {}))
    return out.getvalue()


def _bare_jpeg(raw: bytes) -> bytes:
    """Return a JPEG without its application segments, but for JFIF, colour profile and Adobe's, and without comments.

    ITU-T T.81, annex B: segments begin with FF and a marker, and bear their length; after FFDA the picture follows.
    """
    out, at = bytearray(raw[:2]), 2
    while at + 4 <= len(raw) and raw[at] == 0xFF:
        marker = raw[at + 1]
        if marker == 0xFF:  # fill bytes
            at += 1
            continue
        if marker == 0xD9:  # what phones append behind the end (a film, a second picture) is no part of it
            return bytes(out + raw[at : at + 2])
        end = at + 2 + int.from_bytes(raw[at + 2 : at + 4], "big")
        profile = marker == 0xE2 and raw[at + 4 :].startswith(b"ICC_PROFILE\0")
        if marker == 0xDA:
            end = _after_scan(raw, end)
        if not (0xE1 <= marker <= 0xEF or marker == 0xFE) or marker == 0xEE or profile:
            out += raw[at:end]
        at = end
    if raw[at : at + 2] == b"\xff\xd9":
        return bytes(out + raw[at : at + 2])
    raise IntakeError("is a broken picture")


def _after_scan(raw: bytes, at: int) -> int:
    """Return where the next segment begins: in a scan, FF is followed by 00 or by a restart marker."""
    while True:
        at = raw.find(b"\xff", at)
        if at < 0 or at + 1 >= len(raw):
            raise IntakeError("is a broken picture")
        if raw[at + 1] not in (0x00, *range(0xD0, 0xD8)):
            return at
        at += 2


def _bare_png(raw: bytes) -> bytes:
    """Return a PNG with only the chunks that the picture needs (PNG specification, section 11)."""
    return _PNG + b"".join(chunk for kind, chunk in _chunks(raw) if kind in _PNG_KEPT)


def _chunks(raw: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = len(_PNG)
    while at + 12 <= len(raw):
        size = int.from_bytes(raw[at : at + 4], "big")
        kind = raw[at + 4 : at + 8]
        yield kind, raw[at : at + 12 + size]
        if kind == b"IEND":
            return
        at += 12 + size


def unpack(photos: list[Any], folder: Path) -> dict[int, str]:
    """Write the pictures that a report-back carries into a folder under the names its items use; return what is wrong.

    Parameters
    ----------
    photos : list
        Entries that are as the schema says; those without data travel beside the file and are left alone.

    Returns
    -------
    dict
        Position of the entry -> why its picture is not taken.
    """
    wrong: dict[int, str] = {}
    for number, photo in enumerate(photos):
        if not isinstance(photo, dict) or "data" not in photo:
            continue
        if not _NAME.fullmatch(photo["file"]):
            wrong[number] = "its name is no plain name of a file"
            continue
        try:
            (folder / photo["file"]).write_bytes(picture_of(photo))
        except IntakeError as error:
            wrong[number] = error.findings[0].what
    return wrong
