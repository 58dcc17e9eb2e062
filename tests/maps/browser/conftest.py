"""A browser to which every host is unknown, and pages opened in it that are watched."""

import os
import shutil
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest

PHONE = {"viewport": {"width": 390, "height": 844}, "device_scale_factor": 3, "is_mobile": True, "has_touch": True}
DESK = {"viewport": {"width": 1280, "height": 800}}
ARGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-proxy-server",
    "--host-resolver-rules=MAP * ~NOTFOUND",
)


@pytest.fixture(scope="session")
def chromium():
    """A browser to which every host is unknown. Skipped where there is none, unless PATROL_REQUIRE_BROWSER=1."""
    required = os.environ.get("PATROL_REQUIRE_BROWSER") == "1"
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if path is None:
        (pytest.fail if required else pytest.skip)("no Chromium on this machine")
    if required:
        import playwright.sync_api as api
    else:
        api = pytest.importorskip("playwright.sync_api")
    with api.sync_playwright() as play:
        browser = play.chromium.launch(executable_path=path, args=list(ARGS))
        yield browser
        browser.close()


@dataclass
class Seen:
    """What a page did besides showing itself."""

    requests: list = field(default_factory=list)
    errors: list = field(default_factory=list)
    dialogs: list = field(default_factory=list)


@contextmanager
def opened(browser, file, *, init=None, **options):
    context = browser.new_context(**options)
    context.set_default_timeout(15_000)
    page, seen = context.new_page(), Seen()
    page.on("request", lambda r: None if r.url.startswith(("file:", "data:", "blob:")) else seen.requests.append(r.url))
    page.on("console", lambda m: seen.errors.append(m.text) if m.type in {"error", "warning"} else None)
    page.on("pageerror", lambda error: seen.errors.append(str(error)))
    page.on("dialog", lambda dialog: (seen.dialogs.append(dialog.message), dialog.dismiss()))
    if init:
        page.add_init_script(init)
    page.goto(file.as_uri())
    if options.get("java_script_enabled", True) and not init:
        page.wait_for_selector("html[data-ready=yes]", state="attached")
    try:
        yield page, seen
    finally:
        context.close()


@pytest.fixture(scope="session")
def open_page(chromium):
    """Open a file as ``with open_page(file, "phone" or "desk", locale=...) as (page, seen)``."""

    def open_it(file, screen="desk", **options):
        return opened(chromium, file, **{"phone": PHONE, "desk": DESK}[screen], **options)

    return open_it


@pytest.fixture(scope="session")
def file(world, tmp_path_factory):
    """The page of the invented county, in Chinese."""
    path = tmp_path_factory.mktemp("map") / "index.html"
    path.write_text(world.page("zh"), "utf-8")
    return path
