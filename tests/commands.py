"""Run a command of ``patrol`` as the console script does."""

import json

from typer.testing import CliRunner

from patrol.cli.main import app
from patrol.errors import PatrolError

RUN = CliRunner()


def run(*args):
    """Return (exit code, output); a fault of the user's is code 2 and its words."""
    done = RUN.invoke(app, [str(arg) for arg in args])
    if isinstance(done.exception, PatrolError):
        return 2, str(done.exception)
    if done.exception and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done.exit_code, done.output


def ok(*args):
    """Return the output of a command upon hazards that must go well."""
    code, output = run("hazards", *args)
    assert code == 0, output
    return output


def listed(office, *more):
    """Return the hazards as ``list --json`` prints them."""
    return json.loads(ok("list", office, "--json", *more))
