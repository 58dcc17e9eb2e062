"""What holds of all that was said: in any order, each stretch once, and nothing else than was ticked."""

import sqlite3
from dataclasses import replace
from datetime import date

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from field_cases import tasks_of
from patrol.errors import LayerError
from patrol.field.model import Covered, Item, Sheet
from patrol.field.settle import holding, walked_rows
from patrol.field.store import _TABLES, FieldStore, field_store
from patrol.layers.results import WALKED, read_field, with_walked
from patrol.planning.due import last_patrols
from patrol.project import read_project

DAY = "2024-08-16"


def item(chain, outcome="done", number=0, **more):
    parts = {"done": chain.whole, "partly": ((0, 1),), "not_done": ()}[outcome]
    said = {
        "item": f"i{number}", "plan": "p", "crew": "E1", "party": "enterprise", "mode": "foot", "shift_id": "",
        "task_id": f"S:{chain.section}", "kind": "section", "ref": chain.section, "outcome": outcome, "on": DAY,
        "at": "2024-08-16T02:00:00.000000Z", "feeder": chain.feeder, "poles": chain.poles, "metres": chain.metres,
        "parts": parts,
    }  # fmt: skip
    return Item(**{**said, **more})


def kept(sheets):
    """Return what a file holds that got sheets in this order."""
    file = sqlite3.connect(":memory:", isolation_level=None)
    for table in _TABLES:
        file.execute(table)
    store = FieldStore(file)
    for sheet in sheets:
        store.put(sheet)
    store.settle()
    rows = file.execute(f"SELECT {', '.join(WALKED)} FROM walked").fetchall()
    outcomes = file.execute("SELECT * FROM outcomes").fetchall()
    file.close()
    return rows, outcomes


@settings(max_examples=30)
@given(data=st.data())
def test_ticked_sections_move_to_that_day_and_nothing_else_changes(ground, data):
    """Plan, results, patrols: a conservation law."""
    chains = list(ground.chains.values())
    outcomes = data.draw(st.lists(st.sampled_from(["done", "partly", "not_done", ""]), min_size=len(chains),
                                  max_size=len(chains)))  # fmt: skip
    said = [item(chain, one, n) for n, (chain, one) in enumerate(zip(chains, outcomes, strict=True)) if one]
    walked = pd.DataFrame(walked_rows(holding(said), []), columns=list(WALKED))
    walked["date"] = pd.to_datetime(walked["date"])
    old = pd.DataFrame(
        {"date": pd.to_datetime(["2024-03-01"]), "feeder_id": ["F1"], "first_pole": [""], "last_pole": [""],
         "mode": ["foot"], "party": ["enterprise"], "finds": [0], "source_row": [1]}
    )  # fmt: skip
    network, sections = ground.ground.network, ground.sections
    after, unmatched = last_patrols(network, sections, with_walked(old, walked), on=date(2024, 8, 17))
    assert not unmatched
    # A section that is one span long is whole once a part of it is.
    whole = [one == "done" or (one == "partly" and len(chain.poles) == 2)
             for chain, one in zip(chains, outcomes, strict=True)]  # fmt: skip
    assert [str(day)[:10] for day in after] == [DAY if done else "2024-03-01" for done in whole]


words = st.lists(st.sampled_from(["done", "partly", "not_done"]), max_size=3)
sheets_of = st.lists(
    st.tuples(st.sampled_from(["a", "b"]), st.integers(1, 3), words),
    max_size=6,
    unique_by=lambda sheet: sheet[:2],
)  # fmt: skip


@settings(max_examples=40)
@given(drawn=sheets_of, seed=st.randoms(use_true_random=False))
def test_the_order_of_files_does_not_matter_and_twice_is_once(ground, drawn, seed):
    chains = list(ground.chains.values())
    sheets = [
        Sheet(key, revision, f"{key}{revision}", tuple(
            item(chains[n], outcome, f"{key}{revision}{n}", crew=f"C{key}", at=f"2024-08-16T0{revision}:00:00.000000Z")
            for n, outcome in enumerate(outcomes)
        ))
        for key, revision, outcomes in drawn
    ]  # fmt: skip
    mixed = [*sheets, *sheets]
    seed.shuffle(mixed)
    assert kept(mixed) == kept(sheets)


def test_the_later_word_holds_and_of_two_without_a_time_the_more_cautious(ground):
    chain = next(iter(ground.chains.values()))
    early, late = item(chain, "done", 1), item(chain, "not_done", 2, at="2024-08-16T03:00:00.000000Z")
    assert holding([late, early]) == [late]
    assert holding([early, replace(late, at="")]) == [early]
    one, two = replace(early, at=""), replace(late, at="")
    assert holding([one, two]) == holding([two, one]) == [two]


def test_parts_of_ticks_and_tracks_are_put_together_and_told_whose_they_are(ground):
    chain = max(ground.chains.values(), key=lambda one: len(one.poles))
    tick = item(chain, "partly", 1, parts=((0, 2),), finds=2)
    track = Covered(
        "t", "E1", "enterprise", "foot", DAY, chain.section, chain.feeder, chain.poles, chain.metres,
        ((1, 3), (4, 5)), 1.0,
    )  # fmt: skip
    other = replace(track, crew="E2", parts=((0, 1),))
    rows = walked_rows([tick], [track, other])
    told = [(row["crew_id"], row["first_pole"], row["last_pole"], row["finds"], row["told_by"]) for row in rows]
    poles = chain.poles
    assert told == [
        ("E1", poles[0], poles[3], 2, "report+track"), ("E1", poles[4], poles[5], 0, "report+track"),
        ("E2", poles[0], poles[1], 0, "track"),
    ]  # fmt: skip


def fail_after_writing(project):
    with field_store(project) as store:
        store.put(Sheet("a", 2, "y", ()))
        store.settle()
        raise RuntimeError


def test_an_import_that_fails_leaves_the_file_as_it_was(office, ground):
    project = read_project(office)
    chain = next(iter(ground.chains.values()))
    with field_store(project) as store:
        store.put(Sheet("a", 1, "x", (item(chain),)))
        store.settle()
    held = read_field(project.file("field"))
    with pytest.raises(RuntimeError):
        fail_after_writing(project)
    assert read_field(project.file("field")).sha256 == held.sha256
    assert (office / "field.db").stat().st_mode & 0o077 == 0


def test_the_first_import_that_fails_leaves_nothing(office):
    project = read_project(office)
    with pytest.raises(RuntimeError):
        fail_after_writing(project)
    assert read_field(project.file("field")).sha256 == ""


@pytest.mark.parametrize(
    "content", [b"no database, but long enough to be looked at", b"SQLite format 3\0" + b"\0" * 200]
)
def test_a_strange_file_is_refused_in_words(office, content):
    (office / "field.db").write_bytes(content)
    project = read_project(office)
    with pytest.raises(LayerError, match=r"field\.db"):
        read_field(project.file("field"))
    with pytest.raises(LayerError, match=r"field\.db"), field_store(project):
        pass
    assert (office / "field.db").read_bytes() == content


def test_of_a_plan_every_section_is_a_chain_of_its_poles(ground, plan):
    for task in tasks_of(plan, "E1"):
        meant = ground.meaning(task, next(iter(ground.plans.values())))
        assert meant.chain is not None
        assert (meant.chain.poles[0], meant.chain.poles[-1]) == (
            plan.tasks[task]["first_pole"], plan.tasks[task]["last_pole"]
        )  # fmt: skip
        assert meant.chain.metres[-1] == pytest.approx(plan.tasks[task]["length_m"], abs=0.1)
