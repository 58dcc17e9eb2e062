"""The command ``patrol plan``: planning itself, and ``confirm`` under it."""

from __future__ import annotations

from typing import Any

import typer
from typer.core import TyperGroup

from patrol.cli.confirm import confirm_command
from patrol.cli.plan import plan_command

PLAN = "make"  # what `patrol plan PROJECT` stands for


class PlanGroup(TyperGroup):
    """Takes anything but the name of a command under it for the arguments of planning itself."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Put the command's name first where none is given."""
        named = args and args[0] in self.commands and args[0] != PLAN
        return super().parse_args(ctx, args if named else [PLAN, *args])

    def resolve_command(self, ctx: Any, args: list[str]) -> tuple[str | None, Any, list[str]]:
        """Return the command; planning itself has no name of its own in the usage line."""
        name, command, rest = super().resolve_command(ctx, args)
        return ("" if name == PLAN else name), command, rest


app = typer.Typer(cls=PlanGroup, help="Plan patrols; confirm joint tasks.", rich_markup_mode=None, add_completion=False)
app.command(PLAN)(plan_command)
app.command("confirm")(confirm_command)
