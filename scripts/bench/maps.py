"""How large, fast and hungry the planner's page is, beside ``gdf.explore()`` in the same run.

``python scripts/bench/maps.py --spans 5000 50000 200000 [--explore 5000 50000] [--cdn node_modules] [--out FILE]``

Both pages open in headless Chromium from a file, with the network dead, on a phone's screen (390 x 844 at 3x) and a
CPU slowed four times. On a machine that does other things too, wall-clock times say little: a second visit, not
slowed, counts the CPU time of the page's main thread, and four times that is told as ``cpu4_...``. A browser is
started once before anything counts, and our page is loaded ``--visits`` times, each in a browser of its own: the load
and its longest task are the medians. ``explore()`` takes minutes and is loaded once. ``explore()`` is
dead without its CDN: ``--cdn`` names a folder of npm packages (leaflet, jquery, bootstrap,
@fortawesome/fontawesome-free, leaflet.awesome-markers) that answers in the CDN's place; without it only its size is
told. Prints JSON. A zoom is over when all in view is drawn, not when Leaflet says so.
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from axe_playwright_python.sync_playwright import Axe

import map_pages
from patrol.maps.assets import Page, offline_map, render_page

SLOWED = 4
QUIET_MS = 1_500  # without a long task: then a page counts as loaded
ARGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--no-proxy-server", "--host-resolver-rules=MAP * ~NOTFOUND",
    "--js-flags=--max-old-space-size=4096",
)  # fmt: skip
MIDDLE, LARGE = 50_000, 200_000  # spans
PAINTS = "CanvasRenderingContext2D::FinalizeFrame"
STEPS = ((1, 0), (1, 0), (0, (120, 200)), (2, 0), (0, (150, -150)), (2, 0), (-3, 0), (-3, 0), (1, 0))  # zoom or pan
PHONE = {"viewport": {"width": 390, "height": 844}, "device_scale_factor": 3, "is_mobile": True, "has_touch": True}
WATCH = """
window.__long = [];
new PerformanceObserver(l => l.getEntries().forEach(e => window.__long.push([e.startTime, e.duration])))
    .observe({entryTypes: ["longtask"]});
"""
# Loaded: nothing kept the page busy for QUIET ms. Ours also says when everything is read and drawn.
LOADED = """async quiet => {
    const rest = ms => new Promise(go => setTimeout(go, ms));
    for (;;) {
        const last = Math.max(0, ...window.__long.map(([at, ms]) => at + ms));
        const ours = document.getElementById("words"), ready = document.documentElement.dataset.ready;
        if (document.readyState === "complete" && (!ours || ready) && performance.now() - last > quiet) break;
        await rest(50);
    }
    const nav = performance.getEntriesByType("navigation")[0];
    const last = Math.max(nav.domContentLoadedEventEnd, nav.loadEventEnd, ...window.__long.map(([at, ms]) => at + ms));
    return {
        load_ms: Math.round(Math.max(last, Number(document.documentElement.dataset.readyMs || 0))),
        longest_task_ms: Math.round(Math.max(0, ...window.__long.map(([, ms]) => ms))),
    };
}"""
ZOOM = """async ([step, pan]) => {
    const map = window.Patrol ? Patrol.map : Object.values(window).find(v => v instanceof L.Map);
    const frame = () => new Promise(go => requestAnimationFrame(() => setTimeout(go, 0)));
    window.__long.length = 0;
    const start = performance.now();
    if (step) map.setZoom(map.getZoom() + step, {animate: false});
    else map.panBy(pan, {animate: false});
    await frame();
    while (window.Patrol && !Patrol.drawn()) await frame();
    await frame();
    const ms = performance.now() - start;
    await new Promise(go => setTimeout(go, 120));
    return {zoom: map.getZoom(), ms: Math.round(ms), longest: Math.round(Math.max(0, ...window.__long.map(l => l[1])))};
}"""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--spans", type=int, nargs="+", default=[5_000, 50_000, 200_000])
    parser.add_argument(
        "--explore", type=int, nargs="*", default=[5_000, 50_000], help="sizes to show by explore() too"
    )
    parser.add_argument("--cdn", type=Path, help="folder of npm packages for explore()")
    parser.add_argument("--visits", type=int, default=3, help="times to load our page; medians are told")
    parser.add_argument("--timeout", type=float, default=900.0, help="seconds to wait for a page")
    parser.add_argument("--keep", type=Path, help="folder for the pages and their pictures")
    parser.add_argument("--out", type=Path)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = args.keep or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        empty = render_page(offline_map(Page(title="", lang="zh")))
        found = {"fixed_page_bytes": len(empty.encode()), "sizes": []}
        _warmed(empty, folder / "empty.html", args)
        for spans in args.spans:
            found["sizes"].append(_size(spans, folder, args))
    found["slowed"] = SLOWED
    found["table"] = _table(found)
    text = json.dumps(found, indent=1)
    print(text)
    if args.out:
        args.out.write_text(text + "\n", "utf-8")
    return 0


def _table(found: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the figures that are asked for, each with its target and whether it holds; what was not run is left out.

    Wall-clock times are those of the slowed visit, so a machine that does other things fails them first.
    """
    rows: list[dict[str, Any]] = []

    def row(figure: str, value: float | None, most: float | None = None, least: float | None = None) -> None:
        if value is None:
            return
        holds = (most is None or value <= most) and (least is None or value >= least)
        target = f"<= {most}" if least is None else f">= {least}"
        rows.append({"figure": figure, "measured": value, "target": target, "holds": holds})

    row("fixed size of a page, bytes", found["fixed_page_bytes"], 180_000)
    for size in found["sizes"]:
        ours, at = size["ours"], f" at {size['spans']} spans"
        if size["spans"] >= MIDDLE:
            row("bytes of a span with 6 attributes" + at, size["bytes"]["span_with_6_attributes"], 9)
            row("bytes of a hazard" + at, size["bytes"]["hazard"], 26)
        for name in ("external_requests", "console_errors", "axe_violations"):
            row(name.replace("_", " ") + at, ours.get(name), 0)
        if size["spans"] == MIDDLE:
            row("times faster to load than explore()" + at, size.get("times_faster"), least=40)
            row("load, ms" + at, ours.get("load_ms"), 2_500)
        if size["spans"] == LARGE:
            row("load, ms" + at, ours.get("load_ms"), 4_000)
            row("slowest zoom, ms" + at, ours.get("slowest_zoom_ms"), 500)
            longest = [ours[key] for key in ("longest_task_ms", "longest_task_zooming_ms") if key in ours]
            row("longest task, ms" + at, max(longest, default=None), 200)
            row("renderer peak, MB" + at, ours.get("renderer_peak_mb"), 300)
    return rows


def _size(spans: int, folder: Path, args: argparse.Namespace) -> dict[str, Any]:
    layers = map_pages.county(spans, spans // 10)
    row: dict[str, Any] = {
        "spans": len(layers["sections"]), "hazards": len(layers["hazards"]),
        "bytes": map_pages.bytes_a_row(layers),
    }  # fmt: skip
    started = time.perf_counter()
    page = map_pages.ours(layers)
    row["ours"] = {"build_s": round(time.perf_counter() - started, 2)} | _measured(page, folder / f"{spans}.html", args)
    if spans in args.explore:
        started = time.perf_counter()
        page = map_pages.explored(layers)
        built = {"build_s": round(time.perf_counter() - started, 2)}
        row["explore"] = built | _measured(page, folder / f"{spans}-explore.html", args, cdn=args.cdn)
        if "load_ms" in row["explore"]:
            both = row["explore"], row["ours"]
            row["times_faster"] = round(both[0]["load_ms"] / both[1]["load_ms"], 1)
            row["times_faster_cpu"] = round(both[0]["cpu4_load_ms"] / both[1]["cpu4_load_ms"], 1)
    return row


def _measured(page: str, file: Path, args: argparse.Namespace, cdn: Path | None = None) -> dict[str, Any]:
    file.write_text(page, "utf-8")
    out: dict[str, Any] = {"page_mb": round(file.stat().st_size / 1e6, 3)}
    if file.name.endswith("-explore.html") and cdn is None:
        return out | {"not_timed": "explore() needs its CDN: give --cdn"}
    steps = () if cdn else STEPS  # explore() takes minutes a move, and nobody asked for them
    with _browser(args.timeout) as (context, renderer):
        out |= _opened(context, renderer, file, cdn, steps, args)
    out |= {} if cdn else _loaded(file, args)
    with _browser(args.timeout) as (context, _):
        return out | _counted(context, file, cdn, steps)


def _warmed(page: str, file: Path, args: argparse.Namespace) -> None:
    """Open a page that holds nothing, so that the first page measured does not pay for reading the browser itself."""
    file.write_text(page, "utf-8")
    with _browser(args.timeout) as (context, _):
        context.pages[0].goto(file.as_uri())


def _loaded(file: Path, args: argparse.Namespace) -> dict[str, Any]:
    """Return the medians of loading our page in as many browsers as there are visits left."""
    loads = []
    for _ in range(args.visits):
        with _browser(args.timeout) as (context, renderer):
            loads.append(_opened(context, renderer, file, None, (), args))
    told = {"visits": len(loads), "loads_ms": [one.get("load_ms") for one in loads]}
    for key in ("load_ms", "longest_task_ms"):
        values = [one[key] for one in loads if key in one]
        told |= {key: statistics.median(values)} if values else {}
    return told


def _counted(context: Any, file: Path, cdn: Path | None, steps: tuple[Any, ...]) -> dict[str, Any]:
    """Return the CPU time of the main thread for loading and for each move, four times over, and the longest tasks."""
    page = context.pages[0]
    if cdn is not None:
        context.route(re.compile("^https?://"), lambda route: _answer(route, cdn))
    page.add_init_script(WATCH)
    session = context.new_cdp_session(page)
    with _tasks(session, page) as load:
        page.goto(file.as_uri(), wait_until="commit")
        page.evaluate(LOADED, QUIET_MS)
    moves = []
    for step in steps:
        with _tasks(session, page) as move:
            page.evaluate(ZOOM, list(step))
        moves.append(move)
    out = {"cpu4_load_ms": round(SLOWED * sum(load)), "cpu4_longest_task_loading_ms": round(SLOWED * max(load))}
    if not moves:
        return out
    return out | {
        "cpu4_moves_ms": [round(SLOWED * sum(move)) for move in moves],
        "cpu4_longest_task_moving_ms": round(SLOWED * max(max(move) for move in moves)),
    }


@contextmanager
def _tasks(session: Any, page: Any) -> Iterator[list[float]]:
    """Give a list that holds, at the end, the CPU milliseconds of every task of the page's main thread."""
    events: list[dict[str, Any]] = []
    ended: list[bool] = []
    tasks: list[float] = []
    session.on("Tracing.dataCollected", lambda event: events.extend(event["value"]))
    session.on("Tracing.tracingComplete", lambda _: ended.append(True))
    session.send("Tracing.start", {"categories": "toplevel,blink", "transferMode": "ReportEvents"})
    yield tasks
    session.send("Tracing.end")
    while not ended:
        page.wait_for_timeout(50)
    main = {(e["pid"], e["tid"]) for e in events if e.get("args", {}).get("name") == "CrRendererMain"}
    each = [_busy([e for e in events if (e["pid"], e["tid"]) == thread]) for thread in main]
    tasks += max(each, key=sum, default=[])  # the browser keeps a spare renderer
    tasks += [0.0] * (not tasks)


def _busy(events: list[dict[str, Any]]) -> list[float]:
    """Return the CPU milliseconds of a thread's tasks, each with the painting of the canvas that follows it.

    What a script draws on a canvas is only noted until its task is over, and painted before the next one begins.
    """
    timed = [e for e in events if "tdur" in e and ("RunTask" in e["name"] or PAINTS in e["name"])]
    tasks: list[float] = []
    end = 0
    for event in sorted(timed, key=lambda event: (event["ts"], -event["dur"])):
        if event["ts"] < end:
            continue  # inside the one before
        end = event["ts"] + event["dur"]
        if PAINTS in event["name"] and tasks:
            tasks[-1] += event["tdur"] / 1000
        else:
            tasks.append(event["tdur"] / 1000)
    return tasks


@contextmanager
def _browser(timeout: float) -> Iterator[tuple[Any, Any]]:
    """Give a browser context, and a function that tells the most memory its renderer held (MB)."""
    from playwright.sync_api import sync_playwright

    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if path is None:
        print("no Chromium found on the PATH", file=sys.stderr)
        raise SystemExit(2)
    with sync_playwright() as play, tempfile.TemporaryDirectory() as profile:
        context = play.chromium.launch_persistent_context(
            profile, executable_path=path, args=list(ARGS), headless=True, **PHONE
        )
        context.set_default_timeout(timeout * 1000)
        yield context, lambda: _peak_mb(profile)
        context.close()


def _peak_mb(profile: str) -> int:
    """Return the peak resident memory of the largest renderer of a browser with this profile."""
    status = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            command = (folder / "cmdline").read_text().replace("\0", " ")
            text = (folder / "status").read_text()
        except OSError:
            continue
        parent = int(re.search(r"PPid:\s+(\d+)", text)[1])
        peak = re.search(r"VmHWM:\s+(\d+)", text)
        status[int(folder.name)] = (parent, command, int(peak[1]) if peak else 0)

    def mine(pid: int) -> bool:
        while pid in status:
            if profile in status[pid][1]:
                return True
            pid = status[pid][0]
        return False

    peaks = [peak for pid, (_, command, peak) in status.items() if "--type=renderer" in command and mine(pid)]
    return round(max(peaks, default=0) / 1024)


def _opened(
    context: Any, renderer: Any, file: Path, cdn: Path | None, steps: tuple[Any, ...], args: argparse.Namespace
) -> dict[str, Any]:
    page = context.pages[0]
    outside, errors = [], []
    if cdn is not None:
        context.route(re.compile("^https?://"), lambda route: _answer(route, cdn))
    page.on("request", lambda r: outside.append(r.url) if re.match("https?:", r.url) else None)
    page.on("console", lambda m: errors.append(m.text) if m.type == "error" else None)
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.add_init_script(WATCH)
    session = context.new_cdp_session(page)
    session.send("Emulation.setCPUThrottlingRate", {"rate": SLOWED})
    out: dict[str, Any] = {}
    try:
        page.goto(file.as_uri(), wait_until="commit")
        out |= page.evaluate(LOADED, QUIET_MS)
        if steps:
            out["moves"] = [page.evaluate(ZOOM, list(step)) for step in steps]
            out["slowest_zoom_ms"] = max(move["ms"] for move in out["moves"])
            out["longest_task_zooming_ms"] = max(move["longest"] for move in out["moves"])
    except Exception as error:  # a page that dies is a result too
        out["failed"] = str(error).splitlines()[0][:160]
    out |= {"renderer_peak_mb": renderer(), "external_requests": len(outside), "console_errors": len(errors)}
    if args.keep and "failed" not in out:
        page.screenshot(path=file.with_suffix(".png"))
    if cdn is None and "failed" not in out:
        session.send("Emulation.setCPUThrottlingRate", {"rate": 1})
        out["axe_violations"] = len(Axe().run(page).response["violations"])
    return out


def _answer(route: Any, cdn: Path) -> None:
    """Answer a request to a CDN from a folder of npm packages; what is not there fails, as it does offline."""
    url = route.request.url
    found = re.search(r"/npm/((?:@[^/]+/)?[^@/]+)(?:@[^/]+)?/(.+?)(?:\?|$)", url)
    names = [f"{found[1]}/{found[2]}"] if found else []
    names += ["jquery/dist/jquery.min.js"] if re.search(r"jquery-[\d.]+\.min\.js", url) else []
    if match := re.search(r"awesome-markers/[^/]+/(leaflet\.awesome-markers\.(?:js|css))", url):
        names.append(f"leaflet.awesome-markers/dist/{match[1]}")
    for name in names:
        if (cdn / name).is_file():
            kind = {".css": "text/css", ".js": "text/javascript"}.get(Path(name).suffix, "application/octet-stream")
            route.fulfill(
                body=(cdn / name).read_bytes(), headers={"content-type": kind, "access-control-allow-origin": "*"}
            )
            return
    route.abort()


if __name__ == "__main__":
    sys.exit(main())
