"""The tiny project with zones that have crews of their own, and an errand that two parties do together."""

import csv

from tiny import at, crews, table, write_tiny

REQUEST = {"request_id": "J1", "kind": "dispute", "due": "2024-08-19", "minutes": 30, "state": "open",
           "parties": "enterprise+government", "name": "Talk", "name_zh": "调解"}  # fmt: skip


def write_office(folder, *, request=None, zones=("Z1", "Z2", "Z1|Z2"), weekdays=("", "", ""), settings="", roster=()):
    """Write the project: E1 and E2 of the enterprise and G1 of the government, their home zones and weekdays.

    ``request`` changes cells of the joint errand, ``settings`` is TOML put at the end, ``roster`` rows override days.
    """
    write_tiny(folder)
    people = [{**row, "people": 2, "break_minutes": 0, "zones": home, "weekdays": days, "mode": "vehicle"}
              for row, home, days in zip(crews(), zones, weekdays, strict=False)]  # fmt: skip
    table(folder / "crews.csv", people)
    lon, lat = at(1600, 600)
    table(folder / "requests.csv", [{**REQUEST, "lon": lon, "lat": lat, **(request or {})}])
    entries = 'requests = {path = "requests.csv", crs = "EPSG:4326"}\n'
    if roster:
        table(folder / "roster.csv", list(roster))
        entries += 'roster = "roster.csv"\n'
    toml = (folder / "project.toml").read_text("utf-8")
    toml = toml.replace("[inputs]\n", "[inputs]\n" + entries)
    (folder / "project.toml").write_text(toml + settings, "utf-8")
    return folder


def off(crew, *days):
    """Return rows of a roster by which a crew does not work on some days."""
    return [{"date": day, "crew_id": crew, "people": 0} for day in days]


def confirm(folder, *rows):
    """Write confirmed appointments: (date, time, party, crew) of the joint errand."""
    toml = (folder / "project.toml").read_text("utf-8")
    if "appointments" not in toml:
        toml = toml.replace("[inputs]\n", '[inputs]\nappointments = "appointments.csv"\n')
        (folder / "project.toml").write_text(toml, "utf-8")
    with (folder / "appointments.csv").open("w", newline="", encoding="utf-8") as file:
        out = csv.writer(file)
        out.writerow(["joint_id", "date", "time", "party", "crew_id", "confirmed"])
        out.writerows(["R:J1", day, time, party, crew, "2024-08-15"] for day, time, party, crew in rows)


def visits(document, joint="R:J1"):
    """Return (shift, stop) of each party's part in a joint task."""
    return [
        (shift, stop)
        for shift in document["shifts"]
        for stop in shift["route"]
        if stop.get("joint", {}).get("id") == joint
    ]


def left(document):
    """Return the reasons of what is left out, by task."""
    return {item["task_id"]: item["reason"] for item in document["dropped"]}
