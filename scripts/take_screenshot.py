"""Take the README's picture: the demo's map in Chromium with the network dead.

python scripts/take_screenshot.py out/demo/index.html docs/overview.png
Needs the extra [test] and a Chromium on the PATH.
"""

import argparse
import shutil
import sys
from pathlib import Path

QUIET = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--host-resolver-rules=MAP * ~NOTFOUND",
)  # fmt: skip


def main() -> int:
    from playwright.sync_api import sync_playwright

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("page", type=Path)
    parser.add_argument("picture", type=Path)
    parser.add_argument("--phone", action="store_true", help="390 x 844 instead of 1280 x 800")
    parser.add_argument("--lang", default="en-US", help="what the browser says its language is")
    args = parser.parse_args()
    browser_path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if browser_path is None:
        print("no Chromium found on the PATH", file=sys.stderr)
        return 2
    size = {"width": 390, "height": 844} if args.phone else {"width": 1280, "height": 800}
    args.picture.parent.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=browser_path, args=list(QUIET))
        page = browser.new_context(
            viewport=size, locale=args.lang, is_mobile=args.phone, has_touch=args.phone
        ).new_page()
        page.goto(args.page.resolve().as_uri())
        page.wait_for_timeout(2500)
        page.screenshot(path=args.picture)
        browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
