"""Colours that can be told apart, and words and colours that exist."""

import itertools
import json
import re

import numpy as np
import pytest

from patrol.maps import assets, field_page, overview, style
from patrol.maps.field_layers import BLOCKS
from patrol.words import say

# Machado, Oliveira and Fernandes (2009), severity 1.0, on linear RGB
SIGHT = {
    "normal": np.eye(3),
    "protan": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deutan": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "tritan": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
}
THEMES = {"light": style.LIGHT, "dark": style.DARK}
JS = {name: assets.own_file(name) for name in assets.SCRIPTS}
CSS = "".join(assets.own_file(name) for name in assets.STYLES)


def linear(colour):
    rgb = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    return np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)


def lab(rgb):
    xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]) @ np.clip(rgb, 0, 1)
    f = np.cbrt(xyz / [0.9505, 1, 1.089])
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def contrast(one, other):
    light = sorted(np.dot([0.2126, 0.7152, 0.0722], linear(c)) + 0.05 for c in (one, other))
    return light[1] / light[0]


@pytest.mark.parametrize("sight", SIGHT)
@pytest.mark.parametrize("theme", THEMES)
def test_neighbouring_risk_classes_differ_for_every_eye(theme, sight):
    seen = [lab(np.array(SIGHT[sight]) @ linear(THEMES[theme][f"risk-{n}"])) for n in range(1, 6)]
    for one, other in itertools.pairwise(seen):
        assert np.linalg.norm(one - other) >= 12


@pytest.mark.parametrize("theme", THEMES)
def test_the_highest_risk_stands_out_most_from_the_ground(theme):
    colours = THEMES[theme]
    steps = [contrast(colours[f"risk-{n}"], colours["ground"]) for n in range(1, 6)]
    assert max(steps) == steps[-1]
    assert min(steps) == steps[0]


@pytest.mark.parametrize(("front", "back", "least"), [
    ("ink", "paper", 7), ("soft", "paper", 4.5), ("soft", "bar", 4.5), ("warn-ink", "warn-paper", 4.5),
    ("ink", "bar", 7),
    ("on-grade", "grade-general", 4.5), ("on-grade", "grade-serious", 4.5), ("on-grade", "grade-emergency", 4.5),
    ("label", "ground", 4.5), ("zone", "ground", 4.5), ("on-route", "many", 4.5),
    ("edge", "paper", 3), ("focus", "paper", 4.5),
])  # fmt: skip
@pytest.mark.parametrize("theme", THEMES)
def test_text_can_be_read(theme, front, back, least):
    assert contrast(THEMES[theme][front], THEMES[theme][back]) >= least


@pytest.mark.parametrize(("routes", "theme"), [(style.ROUTES_LIGHT, style.LIGHT), (style.ROUTES_DARK, style.DARK)])
def test_route_numbers_can_be_read_and_routes_seen(routes, theme):
    for colour in routes:
        assert contrast(theme["on-route"], colour) >= 4.5
        assert contrast(theme["ground"], colour) >= 3


def test_both_themes_have_every_colour_and_every_colour_used_exists():
    assert style.LIGHT.keys() == style.DARK.keys()
    assert len(style.ROUTES_LIGHT) == len(style.ROUTES_DARK)
    known = set(re.findall(r"--([\w-]+):", style.css() + CSS)) | {"dot"}
    used = set(re.findall(r"var\(--([\w-]+)", style.css() + CSS)) | set(
        re.findall(r'colour\("([\w-]+)"', "".join(JS.values()))
    )
    for styles in (*style.LINE_STYLES.values(), style.MARK_STYLES):
        used |= {item[key] for item in styles for key in ("colour", "casing") if key in item}
    assert used <= known


def test_every_word_of_page_and_scripts_exists_in_both_languages():
    words = overview.page_words()
    code = "".join(JS.values())
    used = set(re.findall(r'\bsay\("(\w+)"', code)) | set(re.findall(r'data-say="(\w+)"', style.legend()))
    used |= set(re.findall(r'\bname\("[^"]+", "(\w+)"', code)) | set(re.findall(r'\ball\("(\w+)"', code))
    for card in overview._CARDS.values():
        used |= {card["word"], *(row[0] for row in card["rows"])}
        for row in card["rows"]:
            if len(row) > 2 and row[2].endswith("_"):
                assert any(word.startswith(row[2]) for word in words["zh"]), row
    used = {word for word in used if word != "page_title" and not word.endswith("_")}
    assert used <= words["zh"].keys()
    assert words["zh"].keys() == words["en"].keys()


def test_the_legend_of_a_field_page_has_the_layers_that_are_there():
    said = set(re.findall(r'data-say="(\w+)"', style.field_legend(BLOCKS)))
    assert all(said <= words.keys() for words in field_page.page_words().values())
    few = style.field_legend(["routes", "hazards"])
    assert set(re.findall(r'data-say="(\w+)"', few)) == {
        "legend", "leg", "leg_drive", "leg_walk", "legend_inspect",
        "layer_hazards", "grade_emergency", "grade_serious", "grade_general",
    }  # fmt: skip
    assert 'data-say="layer_poles"' not in style.field_legend(["lines"])


def test_words_keep_their_places_for_the_scripts():
    assert "{n}" in overview.page_words()["zh"]["n_days"]
    assert json.dumps(overview.page_words())


def test_a_route_style_is_in_the_table_whatever_the_crew():
    for crew in range(40):
        for kind in style.ROUTE_KINDS:
            assert style.route_styles(crew, kind) < len(style.LINE_STYLES["routes"])


def test_the_colour_of_sections_is_named_what_it_is():
    """It is the value of a patrol: a risk map would be read as the chance of a fault."""
    for key in ("maps.risk", "maps.risk_short", "maps.colour_value"):
        assert "巡视价值" in say(key, "zh")
        assert "value of a patrol" in say(key, "en").lower()
    assert 'data-colouring="value risk_now"' in style.legend()
