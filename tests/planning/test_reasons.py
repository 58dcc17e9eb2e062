"""What a name after --why means."""

import pytest

from patrol.errors import PlanError
from patrol.hazards.taxonomy import load_types
from patrol.planning.reasons import own_types, why
from patrol.risk.reasons import HazardWhy, SectionWhy


def test_ids_labels_and_their_starts_are_found(scored):
    first = scored.sections.iloc[0]
    for name in (
        first["section_id"],
        first["section_id"][:8].lower(),
        first["label"],
        first["label"].upper(),
        first["label_zh"],
    ):
        found = why(scored, name)
        assert isinstance(found, SectionWhy)
        assert found.section["section_id"] == first["section_id"], name
    assert isinstance(why(scored, " hz1 "), HazardWhy)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("F1-", "is the start of 11"),
        ("HZ", "is the start of 3 -> say which: HZ"),
        ("hz4", "is not open on 2024-08-16"),
        ("HZ9", "near it: HZ"),
        ("", "is called ''"),
        ("[bold]x[/bold]\u202e\x1b[31m" + "y" * 500, "no section and no open hazard is called"),
    ],
)
def test_what_is_unknown_or_several_is_named(scored, name, words):
    with pytest.raises(PlanError) as error:
        why(scored, name)
    said = str(error.value)
    assert words in said
    assert "\x1b" not in said
    assert "\u202e" not in said
    assert len(said) < 1500


def test_types_that_are_not_the_package_s_own():
    types = load_types()
    assert own_types(types) == ()
    mine = types.copy()
    mine.loc["V01", "phi_per_day"] *= 2
    assert own_types(mine) == ("V01",)
    assert own_types(mine.rename(index={"S01": "X9"})) == ("V01", "X9")
