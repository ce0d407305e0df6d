"""The command line: parse, call, print."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from typing import NoReturn

import typer

from kerasgrid.cli.automatic import auto_command
from kerasgrid.cli.comparing import compare_command
from kerasgrid.cli.interrupts import signals_raised
from kerasgrid.cli.predicting import predict_command
from kerasgrid.cli.reading import (
    export_command,
    list_command,
    narrow_command,
    report_command,
    schema_command,
    show_command,
    watch_command,
)
from kerasgrid.cli.repairing import repair_command
from kerasgrid.cli.searching import check_command, confirm_command, random_command, search_command
from kerasgrid.cli.telling import system_explained
from kerasgrid.errors import KerasgridError
from kerasgrid.system.startup import set_up_process

COMMANDS: Mapping[str, Callable[..., None]] = {
    "search": search_command,
    "random": random_command,
    "auto": auto_command,
    "check": check_command,
    "confirm": confirm_command,
    "report": report_command,
    "show": show_command,
    "compare": compare_command,
    "narrow": narrow_command,
    "watch": watch_command,
    "predict": predict_command,
    "export": export_command,
    "repair": repair_command,
    "list": list_command,
    "schema": schema_command,
}
"""Every command, in the order of the help."""

app = typer.Typer(
    help="Which hyperparameters should my Keras model use, and what does each of them do?",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for _name, _command in COMMANDS.items():
    app.command(_name)(_command)


def main() -> NoReturn:
    """Run the command line and exit: 0 done, 2 wrong input, 1 the run failed, 130 interrupted."""
    set_up_process()
    with signals_raised():
        try:
            with system_explained():
                app()
        except KerasgridError as error:
            print(f"kerasgrid: {error}", file=sys.stderr)
            sys.exit(error.exit_code)
    sys.exit(0)
