"""What became of a file of reports, and the photographs that its reports name."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import geopandas as gpd
import pandas as pd

from patrol.errors import Finding, PatrolError
from patrol.hazards.model import Event, Intake, canonical
from patrol.hazards.photos import take_photo
from patrol.hazards.register import Register
from patrol.hazards.take import Taken
from patrol.text import clean

_PICTURES = (".jpg", ".jpeg", ".png", ".webp", ".gif")


@dataclass(frozen=True, slots=True)
class Received:
    """What became of one file, or of one message.

    Attributes
    ----------
    intake : Intake
    reports : GeoDataFrame
        The reports that were new, placed, each with ``report_id`` and ``hazard_id``; metric CRS.
    taken : Taken
    merged : tuple of (str, str)
        Hazards that a new or corrected report showed to be one: (kept, absorbed).
    corrected : DataFrame
        The reports taken in before that a higher revision of a report-back corrects.
    aside : DataFrame
        Rows for the quarantine: requests whose ids are known and that say something else than they did.
    pictured : DataFrame
        ``report_id, row, photos`` of all reports of the file that name photographs, known ones too: what was not beside
        the file at first may lie there now.
    findings : tuple of Finding
        Those of the parser first, then of placing and matching.
    """

    intake: Intake
    reports: gpd.GeoDataFrame
    taken: Taken
    merged: tuple[tuple[str, str], ...]
    findings: tuple[Finding, ...]
    corrected: pd.DataFrame
    aside: pd.DataFrame
    pictured: pd.DataFrame


def both(one: Received, more: Received) -> Received:
    """Return what became of the rows of one file that were taken in in two steps."""

    def joined(name: str) -> tuple[str, ...]:
        return (*getattr(one.taken, name), *getattr(more.taken, name))

    founded = joined("hazards_new")
    grown = tuple(name for name in dict.fromkeys(joined("hazards_grown")) if name not in founded)
    frames = [part.reports for part in (one, more) if len(part.reports)] or [one.reports]
    aside = [part.aside for part in (one, more) if len(part.aside)] or [one.aside]
    return replace(
        one, taken=Taken(joined("reports"), joined("requests"), joined("alerts"), founded, grown),
        reports=gpd.GeoDataFrame(pd.concat(frames, ignore_index=True), crs=one.reports.crs),
        merged=(*one.merged, *more.merged), findings=(*one.findings, *more.findings),
        aside=pd.concat(aside, ignore_index=True),
    )  # fmt: skip


def keep_photos(
    register: Register,
    received: Received,
    beside: Path,
    root: Path,
    *,
    now: str,
    actor: str,
    carried: Path | None = None,
) -> list[Finding]:
    """Copy the photographs that reports name into the project folder, each once; return what could not be kept.

    Parameters
    ----------
    beside : Path
        Folder of the file of reports: names of photographs are relative to it and may not leave it.
    root : Path
        Project folder.
    carried : Path, optional
        Folder of photographs that came inside the file, looked in first.
    """
    told, events = [], []
    rows = received.pictured
    held = register.photos() if len(rows) else pd.DataFrame({"subject": [], "sha256": []})
    kept = set(zip(held["subject"], held["sha256"], strict=True))
    for report, row, names in zip(rows["report_id"], rows["row"], rows["photos"], strict=True):
        for name in str(names).split("|"):
            folder = carried if carried is not None and _inside(name, carried) else beside
            path = folder / name
            if "://" in name or not path.resolve().is_relative_to(folder.resolve()):
                what, mend = (
                    f"the photograph {clean(name, limit=120)} is not beside the file",
                    "fetch it and put it there",
                )
                told.append(Finding("note", "photo.elsewhere", received.intake.label, what, mend, row=int(row)))
                continue
            try:
                photo = take_photo(path, root)
            except PatrolError as error:
                told += [replace(item, level="suspicion", row=int(row)) for item in error.findings]
                continue
            if (report, photo.sha256) in kept:
                continue
            kept.add((report, photo.sha256))
            body = {
                "sha256": photo.sha256,
                "name": photo.name,
                "lon": photo.lon,
                "lat": photo.lat,
                "taken": photo.taken,
            }
            events.append(Event("photo", str(report), now, actor, "enterprise", canonical(body)))
    if events:
        register.act(events, recorded_at=now)
    return told


def _inside(name: str, folder: Path) -> bool:
    return Path(name).name == name and (folder / name).is_file()


def neutral_photos(photos: pd.Series[str]) -> list[str]:
    """Return names of photographs as the register keeps them: numbered, for people put names into file names."""
    return [
        "|".join(f"{number}{_ending(name)}" for number, name in enumerate(names.split("|"), 1)) if names else ""
        for names in photos.tolist()
    ]


def _ending(name: str) -> str:
    ending = Path(name).suffix.lower()
    return ending if ending in _PICTURES else ""
