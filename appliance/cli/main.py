"""The command ``scene-sense``: its verbs, its global options, and the one place where errors become exit codes."""

import logging
import os
import sys
from typing import Annotated

import typer

from appliance import __version__
from appliance.cli import (
    album,
    asset,
    db,
    doctor,
    import_,
    key,
    model,
    purge,
    scrub,
    search,
    storage,
    sweep,
    tag,
    up,
    user,
)
from appliance.cli.context import DataOption, EnvFileOption, GlobalOptions, drop_output, fail
from appliance.errors import SceneSenseError

log = logging.getLogger(__name__)

#: One module for each noun or verb, in the order of the help; each has ``register(app)``.
MODULES = (up, import_, search, asset, tag, album, purge, sweep, scrub, doctor, model, user, key, storage, db)

app = typer.Typer(
    name="scene-sense",
    help="A private visual search appliance for the home: describe a picture, see it.",
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


@app.callback(invoke_without_command=True)
def _options(
    context: typer.Context,
    data: DataOption = None,
    env_file: EnvFileOption = None,
    version: Annotated[bool, typer.Option("--version", help="Print the version and end.")] = False,
) -> None:
    if version:
        typer.echo(f"scene-sense {__version__}")
        raise typer.Exit
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())
        raise typer.Exit(2)
    context.obj = GlobalOptions(data=data, env_file=env_file)


for _module in MODULES:
    _module.register(app)


def main() -> None:
    """Run the command line; 0 done, 1 failed, 2 wrong usage, 130 interrupted."""
    sys.exit(_exit_code())


def _exit_code() -> int:
    try:
        result = app(standalone_mode=False)
    except typer.TyperException as error:
        return _usage(error)
    except SceneSenseError as error:
        try:
            fail(error)
        except typer.Exit as end:
            return end.exit_code
    except (KeyboardInterrupt, typer.Abort):
        return 130
    except BrokenPipeError:
        drop_output()
        return 1
    except Exception as error:  # the edge of the process: never a traceback unless it is asked for
        if os.environ.get("LOG_LEVEL") == "debug":
            log.exception("this should not happen")
        typer.echo(
            f"scene-sense: this should not happen: {type(error).__name__}: {error} "
            "(LOG_LEVEL=debug shows where)",
            err=True,
        )
        return 1
    return result if isinstance(result, int) else 0


def _usage(error: typer.TyperException) -> int:
    text = error.format_message() if hasattr(error, "format_message") else str(error)
    text = text.replace("Value error, ", "")
    place = getattr(getattr(error, "ctx", None), "command_path", "scene-sense")
    typer.echo(f"scene-sense: {text} (`{place} --help` shows what there is)", err=True)
    return int(getattr(error, "exit_code", 2))
