"""Photographs of hazards: checked, hashed, and copied into the project folder under their hash."""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
from dataclasses import dataclass
from pathlib import Path

from PIL import ExifTags, Image, UnidentifiedImageError

from patrol.errors import Finding, IntakeError

FOLDER = "photos"
FORMS = {"JPEG": ".jpg", "PNG": ".png", "WEBP": ".webp", "GIF": ".gif"}
MAX_BYTES = 50_000_000
_EXIF_TIME = re.compile(r"(\d{4}):(\d\d):(\d\d) (\d\d):(\d\d):(\d\d)")


@dataclass(frozen=True, slots=True)
class Photo:
    """One photograph in the project folder.

    Attributes
    ----------
    sha256 : str
        Hash of the file as it came; ``name`` is made of it, so that the same picture is kept once.
    name : str
        Path relative to the project folder, with forward slashes.
    lon, lat : float or None
        Where the camera says it was (EXIF, WGS84 degrees).
    taken : str
        When the camera says it was, ISO 8601 without offset (cameras seldom know theirs), or "".
    """

    sha256: str
    name: str
    lon: float | None
    lat: float | None
    taken: str


def take_photo(path: Path, root: Path) -> Photo:
    """Copy a photograph into ``root/photos`` and return what is known of it.

    The copy is written beside its place and moved there; a picture that is there already stays as it is.

    Raises
    ------
    IntakeError
        If the file is missing, is no picture of a known form, is broken, or is over 50 MB.
    """
    label = path.name
    try:
        size = path.stat().st_size
        raw = path.read_bytes() if 0 < size <= MAX_BYTES else b""
    except OSError as error:
        raise _refused(label, f"cannot be read ({error.strerror})", "check the name") from error
    if not raw:
        raise _refused(label, "is empty" if not size else f"is over {MAX_BYTES // 10**6} MB", "give a smaller picture")
    try:
        with Image.open(path) as image:
            form, exif = str(image.format), image.getexif()
            image.verify()
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise _refused(label, "is no picture, or is broken", f"give {', '.join(sorted(FORMS))}") from error
    if form not in FORMS:
        raise _refused(label, f"is a picture of form {form}", f"give {', '.join(sorted(FORMS))}")
    digest = hashlib.sha256(raw).hexdigest()
    name = f"{FOLDER}/{digest[:24]}{FORMS[form]}"
    _keep(raw, root / name)
    lon, lat = _place(exif)
    return Photo(digest, name, lon, lat, _time(exif))


def _refused(label: str, what: str, mend: str) -> IntakeError:
    return IntakeError(Finding("error", "photo", label, what, mend))


def _keep(raw: bytes, target: Path) -> None:
    if target.is_file() and target.stat().st_size == len(raw):
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, draft = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(raw)
        Path(draft).replace(target)
    except BaseException:
        Path(draft).unlink(missing_ok=True)
        raise


def _place(exif: Image.Exif) -> tuple[float | None, float | None]:
    """Return longitude and latitude of the EXIF GPS block (CIPA DC-008, tags 1 to 4), or None and None."""
    gps = exif.get_ifd(ExifTags.IFD.GPSInfo)
    try:
        lat = _degrees(gps[2]) * (-1 if str(gps.get(1, "N")).upper().startswith("S") else 1)
        lon = _degrees(gps[4]) * (-1 if str(gps.get(3, "E")).upper().startswith("W") else 1)
    except (KeyError, TypeError, ValueError, ZeroDivisionError, IndexError):
        return None, None
    # Zero and zero is what cameras write that had no fix.
    good = abs(lat) <= 90 and abs(lon) <= 180 and (lat, lon) != (0.0, 0.0)
    return (round(lon, 7), round(lat, 7)) if good else (None, None)


def _degrees(parts: tuple[float, float, float]) -> float:
    degrees, minutes, seconds = (float(part) for part in parts)
    return degrees + minutes / 60 + seconds / 3600


def _time(exif: Image.Exif) -> str:
    text = exif.get_ifd(ExifTags.IFD.Exif).get(ExifTags.Base.DateTimeOriginal) or exif.get(ExifTags.Base.DateTime) or ""
    found = _EXIF_TIME.match(str(text))
    return "{}-{}-{}T{}:{}:{}".format(*found.groups()) if found else ""
