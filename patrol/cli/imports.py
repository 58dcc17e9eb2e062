"""``patrol import``: other people's data become a project folder that plans at once."""

from __future__ import annotations

from pathlib import Path

import typer
from rich.text import Text

from patrol.cli.show import errors, findings_table, out, progress_bar
from patrol.errors import Finding
from patrol.layers.osm import import_osm
from patrol.layers.pandapower import import_pandapower
from patrol.layers.poles import import_poles

app = typer.Typer(
    help="Make a project folder from other data.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

FOLDER = typer.Option(..., "--out", help="Project folder to make.")
OVERWRITE = typer.Option(False, "--overwrite", help="Replace a project that is there already.")


def _tell(found: tuple[Finding, ...], folder: Path) -> None:
    if found:
        out().print(findings_table(found))
    errors().print(Text(f"made {folder}. Next: patrol check {folder}, then edit crews.csv there, then patrol plan"))


@app.command("osm")
def osm_command(
    source: Path = typer.Argument(..., help="Extract: .osm, .osm.gz or .osm.pbf."),
    folder: Path = FOLDER,
    overwrite: bool = OVERWRITE,
) -> None:
    """Power lines, poles, roads and villages from an OpenStreetMap extract."""
    with progress_bar() as tell:
        tell("import", 0, 1)
        found = import_osm(source, folder, overwrite=overwrite)
    _tell(found, folder)


@app.command("poles")
def poles_command(
    source: Path = typer.Argument(..., help="Ledger of poles, .xlsx or .csv: feeder, branch, pole, lon, lat, parent."),
    folder: Path = FOLDER,
    crs: str = typer.Option("EPSG:4326", help="What lon and lat are: EPSG:4326 (WGS84), GCJ-02, BD-09, another EPSG."),
    overwrite: bool = OVERWRITE,
) -> None:
    """Lines from an office's spreadsheet of poles, in the order of parent poles and numbers."""
    with progress_bar() as tell:
        tell("import", 0, 1)
        found = import_poles(source, folder, crs=crs, overwrite=overwrite)
    _tell(found, folder)


@app.command("pandapower")
def pandapower_command(
    net: str = typer.Argument(..., help="Name of a network of pandapower.networks, or a .json file."),
    folder: Path = FOLDER,
    overwrite: bool = OVERWRITE,
) -> None:
    """Buses, lines, switches and loads of a pandapower net (needs the extra [pandapower])."""
    with progress_bar() as tell:
        tell("import", 0, 1)
        found = import_pandapower(net, folder, overwrite=overwrite)
    _tell(found, folder)
