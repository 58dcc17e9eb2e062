"""HTML sheets printed to PDF by a browser on this machine, with the network cut off.

Nothing is fetched and no profile is kept: the browser runs headless in a folder of its own, every host is unknown to
it, and the pages themselves let no script in.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from patrol.errors import Finding, PatrolError
from patrol.plan import write_bytes

NAMES = (
    "chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "microsoft-edge", "msedge",
)  # fmt: skip
# Where installers put what they do not put on the PATH; Edge is on every Windows.
PLACES = (
    r"C:\Program Files (x86)\Microsoft\Edge\Application\msedge.exe",
    r"C:\Program Files\Microsoft\Edge\Application\msedge.exe",
    r"C:\Program Files\Google\Chrome\Application\chrome.exe",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
)
OPTIONS = (
    "--headless", "--disable-gpu", "--no-first-run", "--no-default-browser-check", "--disable-extensions",
    "--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-proxy-server",
    "--host-resolver-rules=MAP * ~NOTFOUND", "--no-pdf-header-footer",
)  # fmt: skip
MOST_S = 120


def find_browser() -> Path | None:
    """Return a browser that prints: one on the PATH, in its usual place, or playwright's; None if there is none."""
    for name in NAMES:
        if found := shutil.which(name):
            return Path(found)
    for place in PLACES:
        if Path(place).is_file():
            return Path(place)
    return _of_playwright()


def _of_playwright() -> Path | None:
    """Return the browser that playwright has downloaded, if it is installed and has."""
    try:
        from playwright.sync_api import Error, sync_playwright
    except ImportError:
        return None
    try:
        with sync_playwright() as play:
            path = Path(play.chromium.executable_path)
    except Error:  # it does not start inside a running loop, such as a notebook's
        return None
    return path if path.is_file() else None


def print_pdf(browser: Path, page: Path, target: Path) -> None:
    """Print an HTML file; the PDF is put in its place when it is whole.

    Raises
    ------
    PatrolError
        If the browser does not print it.
    """
    with tempfile.TemporaryDirectory(prefix="patrol-print-", ignore_cleanup_errors=True) as folder:
        draft = Path(folder) / "sheet.pdf"
        root = sys.platform == "linux" and os.geteuid() == 0  # there it does not start in its sandbox
        command = [
            str(browser), *OPTIONS, *(["--no-sandbox"] if root else []), f"--user-data-dir={folder}",
            f"--print-to-pdf={draft}", page.resolve().as_uri(),
        ]  # fmt: skip
        try:
            done = subprocess.run(command, capture_output=True, timeout=MOST_S, check=False)
            data = draft.read_bytes() if draft.exists() else b""
        except (OSError, subprocess.TimeoutExpired) as error:
            raise _fault(browser, page, error.__class__.__name__) from error
    if not data.startswith(b"%PDF"):
        last = done.stderr.decode("utf-8", "replace").strip().splitlines()[-1:]
        raise _fault(browser, page, f"exit code {done.returncode} {' '.join(last)[:200]}")
    write_bytes(target, data)


def _fault(browser: Path, page: Path, what: str) -> PatrolError:
    mend = "open the HTML file in a browser and print it there, or say --no-pdf"
    return PatrolError(Finding("error", "report.pdf", page.name, f"{browser.name} did not print it: {what}", mend))
