"""Imported by the process that others are forked from: they find the ground there, and compiled code loaded."""

import tempfile
from pathlib import Path
from random import Random

from register_cases import opened
from register_writers import import_file, reported, table

with tempfile.TemporaryDirectory() as folder:
    table(Path(folder) / "a.csv", [reported(Random(0), str(n)) for n in range(9)])
    with opened(Path(folder) / "register.gpkg") as register:
        import_file(register, Path(folder) / "a.csv")
