"""What the place of the lines says against the project file: a guessed time zone, another country's numbers."""

from __future__ import annotations

from patrol.config import PlanningSettings
from patrol.errors import Finding
from patrol.layers.crs import is_in_china
from patrol.layers.gcj import Wgs84
from patrol.project import Project

SOURCE = "project.toml"


def place_findings(project: Project, lines: Wgs84 | None) -> list[Finding]:
    """Return suspicions that are repeated at every check and plan until the project file is edited.

    Parameters
    ----------
    project : Project
    lines : Wgs84, optional
        A point of each line; None where the lines cannot be read.
    """
    found = []
    if project.timezone_guessed:
        what = f"the time zone {project.timezone} was guessed from the longitude"
        what += ", and knows no summer time" if project.timezone.startswith("Etc/") else ""
        mend = 'write your own, such as timezone = "Europe/Berlin", and delete timezone_guessed'
        found.append(Finding("suspicion", "project.timezone_guessed", SOURCE, what, mend, field="timezone"))
    numbers = project.settings.planning.emergency_numbers
    left = [f"{number} ({who})" for who, number in PlanningSettings().emergency_numbers.items()
            if numbers.get(who) == number]  # fmt: skip
    if lines is not None and len(lines.lon) and left and not is_in_china(lines):
        what = f"{' and '.join(left)} to call at once in an emergency: these are China's, and the lines lie elsewhere"
        where = "settings.planning.emergency_numbers"
        mend = 'write emergency_numbers = { power = "...", fire = "112" } under [settings.planning]'
        found.append(Finding("suspicion", "project.emergency_numbers", SOURCE, what, mend, field=where))
    return found
