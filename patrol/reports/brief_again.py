"""Of the brief: the replan in the middle of the first day."""

from __future__ import annotations

from patrol import text
from patrol.changes import changes, served
from patrol.reports.brief_facts import MOMENT, Again, Facts
from patrol.reports.brief_parts import crew_name, heading, paragraph, table
from patrol.reports.changed import A_MINUTE
from patrol.reports.tables import reason_words, task_label
from patrol.words import say


def again_part(facts: Facts, lang: str) -> str:
    """Return what was asked of the replan, what it changes, counted, and when the urgent hazard is seen to."""
    again = facts.again
    if again is None:
        words = say("brief.again_none", lang, moment=MOMENT)
        return heading("again_head", lang, moment=MOMENT) + paragraph(words)
    at = again.plan.document["replanned"]["at"]
    day, moment = at[:10], at[11:16]
    happened = []
    if again.absent:
        happened.append(say("brief.again_absent", lang, crew=crew_name(facts, again.absent, lang)))
    if again.urgent:
        happened.append(say("brief.again_urgent", lang, task=_label(facts, again.urgent, lang)))
    totals = again.rows["totals"]
    same = changes(again.plan, facts.plan, slack_min=A_MINUTE).same
    names = ("came", "went", "shifted")
    rows = [
        [crew_name(facts, row["crew_id"], lang), *(str(len(row[name])) for name in names)]
        for row in again.rows["crews"]
    ]
    heads = [say("brief.col_crew", lang), *(say(f"brief.col_{name}", lang) for name in names)]
    return (
        heading("again_head", lang, moment=moment)
        + paragraph(
            say("brief.again_text", lang, day=day, moment=moment, what=say("brief.again_and", lang).join(happened))
        )
        + (paragraph(_seen_to(facts, again, lang), "result") if again.urgent else "")
        + paragraph(say("brief.again_counts", lang, same=same, days=facts.plan.document["days"], **totals))
        + (table(heads, rows, numbers=(1, 2, 3)) if rows else "")
    )


def _label(facts: Facts, task_id: str, lang: str) -> str:
    return text.clean(task_label(facts.plan.tasks[task_id], lang) or task_id)


def _seen_to(facts: Facts, again: Again, lang: str) -> str:
    """Return who sees to the urgent hazard and when, or why nobody does."""
    there = served(again.plan).get(again.urgent)
    if there is not None:
        time = there.start[:16].replace("T", " ")
        return say("brief.again_served", lang, crew=crew_name(facts, there.crew_id, lang), time=time)
    left = {one["task_id"]: str(one["reason"]) for one in again.plan.dropped}
    return say("brief.again_unserved", lang, why=text.clean(reason_words(left.get(again.urgent, ""), lang)))
