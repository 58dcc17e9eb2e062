"""``patrol import``: other people's data become a project folder that plans at once."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import typer
from rich.text import Text

from patrol.cli.plan import parse_day
from patrol.cli.show import command, errors, findings_table, out, progress_bar, quoted
from patrol.errors import Finding, LayerError
from patrol.layers.osm import import_osm
from patrol.layers.pandapower import import_pandapower
from patrol.layers.pole_gaps import BROKEN_M
from patrol.layers.poles import SpanLimits, import_poles
from patrol.layers.span_doubts import LONGEST_SPAN_M

app = typer.Typer(
    help="Make a project folder from other data.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

FOLDER = typer.Option(..., "--out", help="Project folder to make.")
OVERWRITE = typer.Option(False, "--overwrite", help="Replace a project that is there already.")
COLD_START = typer.Option(
    "",
    "--cold-start",
    help="Day from which sections of unknown last patrol are spread over one cycle; this week's Monday by default.",
)


def first_day(text: str) -> date:
    """Return the day of ``--cold-start``: the Monday on or before today if it is not given.

    A Monday, so that a plan of this whole week does not begin before it.
    """
    today = date.today()
    return parse_day(text, "--cold-start") if text else today - timedelta(days=today.weekday())


def _columns(pairs: list[str]) -> dict[str, str]:
    """Return the headings that ``--column NAME=HEADING`` gives, or refuse those that are none."""
    parts = [pair.partition("=") for pair in pairs]
    mend = "write --column pole_no=HEADING; names are feeder_id, pole_no, branch, parent_pole, type, lon, lat"
    wrong = [
        pair for pair, (name, _, heading) in zip(pairs, parts, strict=True) if not (name.strip() and heading.strip())
    ]
    if wrong:
        raise LayerError(
            [Finding("error", "import.column", "--column", f"{pair!r} maps nothing", mend) for pair in wrong]
        )
    return {name.strip(): heading.strip() for name, _, heading in parts}


def _tell(found: tuple[Finding, ...], folder: Path) -> None:
    if found:
        out().print(findings_table(found))
    name = quoted(folder)
    say = command()
    steps = f"Next: {say} check {name}, then edit crews.csv there, then {say} plan {name} --from DAY --out FOLDER"
    errors().print(Text(f"made {name}. {steps}"))


@app.command("osm")
def osm_command(
    source: Path = typer.Argument(..., help="Extract: .osm, .osm.gz or .osm.pbf."),
    folder: Path = FOLDER,
    minor_kv: float = typer.Option(10.0, min=0.1, max=1200, help="Voltage of minor lines and cables without a tag."),
    transmission_kv: float = typer.Option(110.0, min=0.1, max=1200, help="Voltage of lines without a tag."),
    distribution_max_kv: float | None = typer.Option(
        None, min=0.1, max=1200, help="Lines above this are kept apart and not patrolled; 35 by default."
    ),
    cold_start: str = COLD_START,
    overwrite: bool = OVERWRITE,
) -> None:
    """Power lines, poles, roads and villages from an OpenStreetMap extract."""
    on = first_day(cold_start)
    with progress_bar() as tell:
        tell("import", 0, 1)
        found = import_osm(
            source, folder, minor_kv=minor_kv, transmission_kv=transmission_kv,
            distribution_max_kv=distribution_max_kv, on=on, overwrite=overwrite,
        )  # fmt: skip
    _tell(found, folder)


@app.command("poles")
def poles_command(
    source: Path = typer.Argument(..., help="Ledger of poles, .xlsx or .csv: feeder, branch, pole, lon, lat, parent."),
    folder: Path = FOLDER,
    crs: str = typer.Option(
        "",
        help="What the coordinates are: EPSG:4326 (WGS84), GCJ-02, BD-09, another EPSG. Without it only headings that "
        "say longitude and latitude are read, as WGS84.",
    ),
    columns: list[str] = typer.Option(
        [], "--column", help="Heading of a column that is not known, such as pole_no=杆位; may be given several times."
    ),
    sheet: str = typer.Option("", help="Sheet of a workbook; by default the one with known headings."),
    longest_span_m: float = typer.Option(LONGEST_SPAN_M, min=1, help="Longer spans are listed as doubtful."),
    broken_span_m: float = typer.Option(
        BROKEN_M, min=1, help="No span is longer: a pole that far off is set aside, or the line is broken there."
    ),
    cold_start: str = COLD_START,
    overwrite: bool = OVERWRITE,
) -> None:
    """Lines from an office's spreadsheet of poles, in the order of parent poles and numbers."""
    on, mapped = first_day(cold_start), _columns(columns)
    with progress_bar() as tell:
        tell("import", 0, 1)
        found = import_poles(
            source, folder, crs=crs, sheet=sheet, columns=mapped, spans=SpanLimits(longest_span_m, broken_span_m),
            on=on, overwrite=overwrite,
        )  # fmt: skip
    _tell(found, folder)


@app.command("pandapower")
def pandapower_command(
    net: str = typer.Argument(..., help="Name of a network of pandapower.networks, or a .json file."),
    folder: Path = FOLDER,
    crs: str = typer.Option("EPSG:4326", help="What the coordinates of the model are."),
    cold_start: str = COLD_START,
    overwrite: bool = OVERWRITE,
) -> None:
    """Buses, lines, switches and loads of a pandapower net (needs the extra [pandapower])."""
    on = first_day(cold_start)
    with progress_bar() as tell:
        tell("import", 0, 1)
        found = import_pandapower(net, folder, crs=crs, on=on, overwrite=overwrite)
    _tell(found, folder)
