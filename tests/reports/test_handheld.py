"""Names on a handheld: short, plain, and never without the code."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hostile import HOSTILE
from patrol.reports.handheld import MAX_NAME, short_name

ANY = st.text() | st.sampled_from(HOSTILE)


@pytest.mark.parametrize(
    ("code", "line", "pole", "name"),
    [
        (3, "F611", "085", "03 F611 085"),
        (12, "F624", "133B02", "12 F624 133B02"),
        (112, "VERY-LONG-LINE", "133B02", "112 INE 133B02"),
        (7, "城关线", "", "07 stop"),
        (7, "10kV城关线", "０１２", "07 10kV 012"),
        (7, "", "123456789012345", "07 56789012345"),
    ],
)
def test_the_line_gives_way_first_and_the_code_never(code, line, pole, name):
    assert short_name(code, line, pole) == name


@given(st.integers(1, 9999), ANY, ANY)
def test_whatever_the_line_is_called_the_name_fits_and_begins_with_the_code(code, line, pole):
    name = short_name(code, line, pole)
    assert len(name) <= MAX_NAME
    assert name.isascii()
    assert name.isprintable()
    assert name.split(" ")[0] == f"{code:02d}"
    assert name == name.strip()
