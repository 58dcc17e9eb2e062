"""A small problem as a CP-SAT model: every rule but that of aid where there is no room.

Independent of :mod:`patrol.routing.schedule`: times are variables, bound from below by the legs that are driven. What
is priced by legs and stops takes its figures from :mod:`patrol.routing.rules`.
"""

from __future__ import annotations

from typing import Any

from ortools.sat.python import cp_model

from patrol.routing.exact_tours import HOME, Built, find_tour, leg_between
from patrol.routing.model import Problem, Series, big_weight, misses, total_weight
from patrol.routing.rules import leg_price, tied_groups, worth
from patrol.units import DAY_S


def build(problem: Problem) -> Built:
    """Build the model of every rule but aid where there is no room; its objective is the goals, lexicographic."""
    model = cp_model.CpModel()
    latest = max((shift.closes for shift in problem.shifts), default=0)
    tours = [find_tour(problem, number, model) for number in range(len(problem.shifts))]
    built = Built(
        problem,
        model,
        tours,
        [model.new_int_var(0, latest, f"start {task.task_id}") for task in problem.tasks],
        {},
        [model.new_bool_var(f"served {task.task_id}") for task in problem.tasks],
    )
    _serve_once(built)
    for number in range(len(tours)):
        _time(built, number)
        _limit(built, number)
    _share_hours(built)
    _open_windows(built)
    _tie(built)
    for number, series in enumerate(problem.series):
        _repeat(built, number, series)
    _price(built)
    more = 1 + total_weight(problem) + sum(series.weight * problem.days for series in problem.series)
    weights = sum(built.pinned) * more + sum(built.weight)
    model.maximize(weights * big_weight(problem) + sum(built.value))
    return built


def _serve_once(built: Built) -> None:
    """Serve each task at most once, and know on which day."""
    for task in range(len(built.problem.tasks)):
        by_day: dict[int, list[Any]] = {}
        for shift, tour in zip(built.problem.shifts, built.tours, strict=True):
            found = [~tour.stays[node] for node, visit in enumerate(tour.visits, 1) if visit[0] == task]
            by_day.setdefault(shift.day, []).extend(found)
        days = []
        for day, found in sorted(by_day.items()):
            if found:
                built.on_day[task, day] = built.model.new_bool_var(f"task {task} on day {day}")
                built.model.add(sum(found) == built.on_day[task, day])
                days.append(built.on_day[task, day])
        built.model.add(sum(days) == built.served[task])


def _time(built: Built, number: int) -> None:
    """Let no stop begin before it is reached, the rest included, and be home in time."""
    problem, model, tour, shift = built.problem, built.model, built.tours[number], built.problem.shifts[number]
    departs = model.new_int_var(shift.opens, shift.closes, f"departs {number}")
    finish = model.new_int_var(shift.opens, shift.closes, f"finish {number}")
    nodes = range(len(tour.visits) + 1)
    leaves = [departs]
    for task, option in tour.visits:
        leaves.append(built.start[task] + problem.tasks[task].options[option].service_s)
    pause = shift.pause
    if pause is not None:
        tour.rests.extend(model.new_bool_var(f"rests {number} {node}") for node in nodes)
        tour.rested, tour.home_first = (model.new_bool_var(f"{what} {number}") for what in ("rested", "home first"))
        model.add_exactly_one([*tour.rests, tour.rested, tour.home_first])
        model.add(departs >= pause.earliest + pause.duration_s).only_enforce_if(tour.rested)
        model.add(finish <= pause.latest).only_enforce_if(tour.home_first)
        for node in nodes:
            model.add(leaves[node] <= pause.latest).only_enforce_if(tour.rests[node])
            model.add_implication(tour.stays[node], ~tour.rests[node])
    for (a, b), literal in tour.arcs.items():
        travel = leg_between(problem, shift, tour.visits, a, b)[0]
        reached = finish if b == HOME else built.start[tour.visits[b - 1][0]]
        rest = pause.duration_s * tour.rests[a] if pause is not None else 0
        model.add(reached >= leaves[a] + travel + rest).only_enforce_if(literal)
        if pause is not None:
            had = pause.earliest + pause.duration_s
            model.add(reached >= had).only_enforce_if(literal, tour.rests[a])


def _limit(built: Built, number: int) -> None:
    """Keep to a shift's work, metres and load."""
    problem, tour, shift = built.problem, built.tours[number], built.problem.shifts[number]
    legs = [(*leg_between(problem, shift, tour.visits, a, b), literal) for (a, b), literal in tour.arcs.items()]
    stops = [
        (problem.tasks[task], problem.tasks[task].options[option], ~stays)
        for (task, option), stays in zip(tour.visits, tour.stays[1:], strict=True)
    ]
    metres = sum(length * literal for _, length, literal in legs)
    driven = sum(option.distance_m * visited for _, option, visited in stops)
    walked = sum(option.walk_m * visited for _, option, visited in stops)
    on_foot = problem.profiles[shift.profile].on_foot
    work = sum(seconds * literal for seconds, _, literal in legs)
    work += sum(option.service_s * visited for _, option, visited in stops)
    tour.work_s = work
    for used, limit in (
        (work, shift.max_work_s),
        (driven + (0 if on_foot else metres), shift.max_distance_m),
        (walked + (metres if on_foot else 0), shift.max_walk_m),
        (sum(task.load * visited for task, _, visited in stops), shift.max_load),
    ):
        if not isinstance(used, int):
            built.model.add(used <= limit)


def _share_hours(built: Built) -> None:
    groups: dict[str, list[int]] = {}
    for number, shift in enumerate(built.problem.shifts):
        if shift.group:
            groups.setdefault(shift.group, []).append(number)
    for members in groups.values():
        work = sum(built.tours[number].work_s for number in members)
        if not isinstance(work, int):
            built.model.add(work <= built.problem.shifts[members[0]].group_max_s)


def _open_windows(built: Built) -> None:
    """Start service within a window, and price what is late."""
    problem, model = built.problem, built.model
    most = max((shift.closes for shift in problem.shifts), default=0)
    worst = model.new_int_var(0, most, "largest lateness")
    for number, task in enumerate(problem.tasks):
        by_day: dict[int, list[Any]] = {}
        for window in task.windows:
            if (number, window.day) not in built.on_day:
                continue
            taken = model.new_bool_var(f"window {number} {window.day} {window.opens}")
            by_day.setdefault(window.day, []).append(taken)
            model.add(built.start[number] >= window.opens).only_enforce_if(taken)
            model.add(built.start[number] <= window.closes).only_enforce_if(taken)
            if window.due is not None:
                late = model.new_int_var(0, most, f"late {number} {window.day} {window.opens}")
                model.add(late >= built.start[number] - window.due).only_enforce_if(taken)
                model.add(worst >= late)
                built.value.append(-window.late_price * late)
        for day, windows in by_day.items():
            model.add(sum(windows) == built.on_day[number, day])
    built.value.append(-problem.max_late_price * worst)


def _tie(built: Built) -> None:
    """Serve tied groups whole, in different shifts, at the lags that their ties ask for."""
    problem, model = built.problem, built.model
    for group in tied_groups(problem):
        for task in group[1:]:
            model.add(built.served[task] == built.served[group[0]])
        for tour in built.tours:
            visited = [~tour.stays[node] for node, visit in enumerate(tour.visits, 1) if visit[0] in group]
            if visited:
                model.add_at_most_one(visited)
    clock = [
        built.start[task] + sum(DAY_S * day * literal for (of, day), literal in built.on_day.items() if of == task)
        for task in range(len(problem.tasks))
    ]
    for tie in problem.ties:
        lag = clock[tie.second] - clock[tie.first]
        model.add(lag >= tie.lo).only_enforce_if(built.served[tie.first])
        model.add(lag <= tie.hi).only_enforce_if(built.served[tie.first])


def _repeat(built: Built, number: int, series: Series) -> None:
    """Serve a series in order with its gaps, and weigh the misses it is spared."""
    problem, model, tasks = built.problem, built.model, series.tasks
    without = misses(series, problem.days, ())
    tail = model.new_int_var(0, problem.days, f"misses {number} after the last patrol")
    late = [model.new_bool_var(f"series {number} late {k}") for k in range(len(tasks))]
    model.add(tail >= without).only_enforce_if(~built.served[tasks[0]])
    for k, task in enumerate(tasks):
        last = [] if k + 1 == len(tasks) else [~built.served[tasks[k + 1]]]
        if k:
            model.add_implication(built.served[task], built.served[tasks[k - 1]])
        for day in range(problem.days):
            today = built.on_day.get((task, day))
            if today is None:
                continue
            before = [(day_before, one) for (of, day_before), one in built.on_day.items() if k and of == tasks[k - 1]]
            for earlier, literal in before or [(series.last_day, built.served[task])]:
                due = max(series.first_due, earlier + series.max_gap) if k else series.first_due
                if day - earlier < series.min_gap:
                    model.add_bool_or(~today, ~literal)
                elif day > due:
                    model.add_bool_or(~today, ~literal, late[k])
            due = max(series.first_due, day + series.max_gap)
            missed = (problem.days - 1 - due) // series.max_gap + 1 if due < problem.days else 0
            model.add(tail >= missed).only_enforce_if(today, *last)
    built.weight.append(series.weight * (without - tail - sum(late)))


def _price(built: Built) -> None:
    """Add up weights, prizes and prices."""
    problem, model = built.problem, built.model
    for task, served in zip(problem.tasks, built.served, strict=True):
        built.pinned.append(task.pinned * served)
        built.weight.append(task.mandatory * served)
    built.value.append(-sum(task.change_price for task in problem.tasks if task.kept >= 0))
    for number, (shift, tour) in enumerate(zip(problem.shifts, built.tours, strict=True)):
        built.value.append(-shift.price_open * ~tour.stays[HOME])
        for (a, b), literal in tour.arcs.items():
            built.value.append(-leg_price(shift, *leg_between(problem, shift, tour.visits, a, b)) * literal)
        for (item, option), stays in zip(tour.visits, tour.stays[1:], strict=True):
            built.value.append(worth(problem, number, item, option) * ~stays)
    for number, balance in enumerate(problem.balances):
        crews = [problem.shifts[k] for k in balance.shifts]
        most = sum(min(crew.max_work_s, crew.closes - crew.opens) for crew in crews)
        over = model.new_int_var(0, most, f"over {number}")
        model.add(over >= sum(built.tours[shift].work_s for shift in balance.shifts) - balance.free_s)
        built.value.append(-balance.price_s * over)
