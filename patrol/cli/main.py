"""The ``patrol`` command. Exit codes: 0 done, 2 the user's input, 1 our bug."""

from __future__ import annotations

import os
import sys
import traceback

import typer

from patrol import __version__
from patrol.cli.calm import calm
from patrol.cli.compare import compare_command
from patrol.cli.explain import explain_command
from patrol.cli.field import app as field_app
from patrol.cli.hazard_app import app as hazards_app
from patrol.cli.imports import app as import_app
from patrol.cli.kpi import kpi_command
from patrol.cli.map import map_command
from patrol.cli.plan import verify_command
from patrol.cli.plan_app import app as plan_app
from patrol.cli.project import check_command, init_command
from patrol.cli.replan import replan_command
from patrol.cli.report import report_command
from patrol.cli.score import score_command
from patrol.cli.show import errors, fail
from patrol.cli.simulate import simulate_command
from patrol.cli.studies import backtest_command
from patrol.cli.week import week_command
from patrol.errors import Finding, PatrolError

app = typer.Typer(
    help="Patrol routes and joint hazard defence for rural distribution lines.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    rich_markup_mode=None,
)
app.add_typer(import_app, name="import")
app.add_typer(hazards_app, name="hazards")
app.add_typer(field_app, name="field")
app.command("init")(init_command)
app.command("check")(check_command)
app.command("replan")(replan_command)
app.command("compare")(compare_command)
app.add_typer(plan_app, name="plan")
app.command("verify")(verify_command)
app.command("map")(map_command)
app.command("explain")(explain_command)
app.command("backtest")(backtest_command)
app.command("kpi")(kpi_command)
app.command("report")(report_command)
app.command("score")(score_command)
app.command("simulate")(simulate_command)
app.command("week")(week_command)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"patrol {__version__}")
        raise typer.Exit


@app.callback()
def _main(
    version: bool = typer.Option(False, "--version", callback=_version, is_eager=True, help="Print the version."),
) -> None:
    """Patrol routes and joint hazard defence for rural distribution lines."""


def guarded(call: object) -> int:
    """Run a callable; return its exit code, with every error in words and without a trace the user cannot use."""
    try:
        with calm():
            call()  # type: ignore[operator]
    except PatrolError as error:
        fail(error)
        return 2
    except SystemExit as stop:
        return stop.code if isinstance(stop.code, int) else int(bool(stop.code))
    except OSError as error:
        what = f"{error.strerror or error}: {error.filename or ''}"
        fail(PatrolError(Finding("error", "file", "disk", what, "check the name, the rights and the space there")))
        return 2
    except KeyboardInterrupt:
        errors().print("stopped by hand; nothing half-written is left")
        return 130
    except Exception:
        errors().print(traceback.format_exc(), markup=False, highlight=False)
        errors().print("This is a bug of patrol, not of your data. Please report the lines above.", markup=False)
        return 1
    return 0


def run() -> None:
    """Entry point of the console script."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            # A Windows console may not be UTF-8; who says what the pipe wants is believed.
            stream.reconfigure(encoding=None if os.environ.get("PYTHONIOENCODING") else "utf-8", errors="replace")
    sys.exit(guarded(app))


if __name__ == "__main__":
    run()
