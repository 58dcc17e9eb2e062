"""The page of a plan that was really made, from the tiny project, in a browser with a dead network."""

import pytest

from patrol.api import map_of, plan_all
from tiny import write_tiny

pytestmark = pytest.mark.browser
CREDIT = "© OpenStreetMap contributors, <b>ODbL</b>"

SHARE = """() => {
    const lines = Patrol.layers.sections.table, map = Patrol.map, size = map.getSize();
    let x0 = 1e9, x1 = -1e9, y0 = 1e9, y1 = -1e9;
    for (let row = 0; row < lines.rows; row++) {
        for (let i = lines.first[row]; i < lines.first[row + 1]; i++) {
            const scale = Math.pow(2, map.getZoom()), origin = map.getPixelOrigin().subtract(map._getMapPanePos());
            const x = (lines.X[i] + lines.ox) * scale - origin.x, y = (lines.Y[i] + lines.oy) * scale - origin.y;
            x0 = Math.min(x0, x); x1 = Math.max(x1, x); y0 = Math.min(y0, y); y1 = Math.max(y1, y);
        }
    }
    return [x0 >= 0 && y0 >= 0 && x1 <= size.x && y1 <= size.y, Math.max((x1 - x0) / size.x, (y1 - y0) / size.y)];
}"""


@pytest.fixture(scope="module")
def planned_file(tmp_path_factory):
    folder = write_tiny(tmp_path_factory.mktemp("real") / "tiny")
    text = (folder / "project.toml").read_text("utf-8")
    credit = f"attribution = '{CREDIT}'\n"
    (folder / "project.toml").write_text(text.replace("synthetic = true\n", "synthetic = true\n" + credit), "utf-8")
    file = folder / "index.html"
    file.write_text(map_of(plan_all(folder, start="2024-08-16", days=5, iterations=5), lang="zh"), "utf-8")
    return file


@pytest.mark.parametrize("screen", ["phone", "desk"])
def test_a_real_plan_opens_fills_the_map_and_asks_for_nothing(open_page, planned_file, screen):
    with open_page(planned_file, screen, locale="zh-CN") as (page, seen):
        inside, share = page.evaluate(SHARE)
        assert inside
        assert share > 0.6, "the lines fill the map"
        assert page.locator(".dot.stop").count() > 0
        assert (seen.requests, seen.errors, seen.dialogs) == ([], [], [])


@pytest.mark.parametrize("screen", ["phone", "desk"])
def test_the_source_of_the_data_stands_in_the_corner_of_the_map(open_page, planned_file, screen):
    with open_page(planned_file, screen, locale="en-US") as (page, _):
        credit = page.locator(".folium-map .credit")
        assert credit.inner_text() == CREDIT, "text, not markup"
        box, around = credit.bounding_box(), page.locator(".folium-map").bounding_box()
        assert credit.is_visible()
        assert box["x"] + box["width"] <= around["x"] + around["width"] + 1
        assert box["y"] + box["height"] <= around["y"] + around["height"] + 1
        assert box["y"] > around["y"] + around["height"] * 0.8


def test_no_hazard_hides_the_number_of_a_stop(open_page, planned_file):
    with open_page(planned_file, "desk", locale="en-US") as (page, _):
        hidden = page.evaluate("""() => [...document.querySelectorAll(".dot.stop")].filter(dot => {
            const b = dot.getBoundingClientRect(), x = b.x + b.width / 2, y = b.y + b.height / 2;
            const top = document.elementFromPoint(x, y);
            return top && top.closest(".dot.hazard, .leaflet-marker-icon") && !top.closest(".leaflet-marker-icon")
                .querySelector(".dot.stop");
        }).length""")
        assert hidden == 0
