"""``patrol hazards``: the commands upon the register, in the order a hazard lives."""

from __future__ import annotations

from collections.abc import Callable

import typer

from patrol.cli import hazard_act as act
from patrol.cli.hazard_add import add_command
from patrol.cli.hazard_list import export_command, history_command, list_command, requests_command, show_command
from patrol.cli.hazard_request import request_command
from patrol.cli.hazards import import_command

app = typer.Typer(help="The hazard register: reports in, hazards tracked until they are gone.", no_args_is_help=True)
_COMMANDS: dict[str, Callable[..., None]] = {
    "add": add_command,
    "import": import_command,
    "list": list_command,
    "show": show_command,
    "history": history_command,
    "requests": requests_command,
    "export": export_command,
    "verify": act.verify_command,
    "refute": act.refute_command,
    "assign": act.assign_command,
    "ready": act.ready_command,
    "start": act.start_command,
    "rectify": act.rectify_command,
    "confirm": act.confirm_command,
    "reopen": act.reopen_command,
    "notice": act.notice_command,
    "set": act.set_command,
    "photo": act.photo_command,
    "merge": act.merge_command,
    "unmerge": act.unmerge_command,
    "escalate": act.escalate_command,
    "request": request_command,
    "erase": act.erase_command,
    "rebuild": act.rebuild_command,
    "backup": act.backup_command,
}
for _name, _command in _COMMANDS.items():
    app.command(_name)(_command)
