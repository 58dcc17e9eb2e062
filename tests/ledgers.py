"""Ledgers of poles as offices keep them: a trunk eastward, branches northward, in metres from one place."""

import csv

LON, LAT = 106.54, 38.91
DX, DY = 1 / 86_600, 1 / 111_000  # degrees a metre, nearly, at 38.9 N
HEADINGS = ("线路名称", "支线", "杆号", "经度", "纬度", "上级杆号")


def row(feeder, branch, number, x, y, parent=""):
    return [feeder, branch, number, round(LON + x * DX, 7), round(LAT + y * DY, 7), parent]


def trunk(feeder="10kV新民线", count=12, y=0.0, **kwargs):
    return [row(feeder, "", f"{i:03d}", 60 * i, y, **kwargs) for i in range(1, count + 1)]


def branch(name="北支线", at=5, count=4, feeder="10kV新民线", **kwargs):
    return [row(feeder, name, str(i), 60 * at, 60 * i, **kwargs) for i in range(1, count + 1)]


def write_csv(path, rows, headings=HEADINGS, encoding="utf-8-sig"):
    with path.open("w", newline="", encoding=encoding) as file:
        csv.writer(file).writerows([headings, *rows])
    return path
