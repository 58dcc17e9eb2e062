"""The best way to serve each task of a sequence, there and back: a small dynamic programme over the options.

Local search turns one task at a time; a whole route driven the other way round needs all of them turned at once.
"""

from __future__ import annotations

from patrol.routing.model import Problem
from patrol.routing.rules import Draft, Sequence, gain, goal, groups_fit, leg_price, options_of
from patrol.routing.schedule import schedule

Label = tuple[int, int, Sequence]  # loss, seconds, the options so far


def turned(problem: Problem, draft: Draft) -> Draft:
    """Return the draft with every route in the better of its two orders, and the best way for each of its tasks."""
    sequences = dict(draft)
    for shift, sequence in draft:
        for order in (sequence, sequence[::-1]):
            found = best_ways(problem, shift, tuple(task for task, _ in order))
            now, then = ((shift, sequences[shift]),), ((shift, found),)
            if goal(problem, then) <= goal(problem, now) or schedule(problem, shift, found) is None:
                continue
            if groups_fit(problem, tuple(({**sequences, shift: found}).items())):
                sequences[shift] = found
    return tuple(sequences.items())


def best_ways(problem: Problem, shift: int, tasks: tuple[int, ...]) -> Sequence:
    """Return the tasks in this order with the options of most value, then of least travel and service.

    Windows, breaks and limits are not looked at: the caller times the result.
    """
    crew = problem.shifts[shift]
    profile = problem.profiles[crew.profile]
    labels: dict[int, Label] = {crew.start: (0, 0, ())}
    for task in tasks:
        following: dict[int, Label] = {}
        for number in options_of(problem.tasks[task], crew.profile):
            option = problem.tasks[task].options[number]
            for place, (loss, seconds, done) in labels.items():
                leg = (int(profile.travel_s[place, option.entry]), int(profile.distance_m[place, option.entry]))
                total = loss + leg_price(crew, *leg) - gain(crew, option)
                label = (total, seconds + leg[0] + option.service_s, (*done, (task, number)))
                if option.exit not in following or label < following[option.exit]:
                    following[option.exit] = label
        labels = following
    home = crew.end
    ends = [
        (loss + leg_price(crew, int(profile.travel_s[p, home]), int(profile.distance_m[p, home])),
         seconds + int(profile.travel_s[p, home]), done)
        for p, (loss, seconds, done) in labels.items()
    ]  # fmt: skip
    return min(ends)[2]
