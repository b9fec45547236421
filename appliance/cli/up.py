"""``scene-sense up``: everything of one data folder, until Ctrl-C or SIGTERM.

What would make the start fail is looked at before anything is started, and said in one line: a second ``up`` on
the same folder, an address that is taken, a folder that can't be written, a disk that is full.
"""

import errno
import fcntl
import json
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from appliance import log
from appliance.cli.context import DataOption, EnvFileOption, drop_output, run, settings_of
from appliance.cli.serving import serve
from appliance.embedded import place, supervisor
from appliance.embedded.process import listens
from appliance.errors import Conflict, DiskFull, SceneSenseError, SettingsError, UsageError
from appliance.library.running import LOCK_FILE
from appliance.settings import Settings

#: The names of the children of the last start, for the next one.
CHILDREN_FILE = "up.children"


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command()(up)


def up(
    context: typer.Context,
    data: DataOption = None,
    bind: Annotated[
        str | None, typer.Option(help="Address and port, instead of 127.0.0.1:8020.", show_default=False)
    ] = None,
    env_file: EnvFileOption = None,
) -> None:
    """Serve: database, queue, web server and worker, started and kept running until Ctrl-C."""
    overrides = {"DATA_PATH": str(data)} if data else {}
    settings = settings_of(context, env_file=env_file, BIND=bind, **overrides)
    os.umask(0o077)
    with _told_plainly(settings):
        prepare_folders(settings)
        with only_one(settings):
            notes = settings.data_path / CHILDREN_FILE
            supervisor.end_left_behind(notes)
            check_address(settings.bind)
            log.configure(settings.log_level)
            run(serve(settings, notes=notes, say=_say), log_level=settings.log_level)


def _say(line: str) -> None:
    """Say it to whoever still reads; pictures must not go away because a terminal or a pager did."""
    try:
        typer.echo(line)
    except OSError:
        drop_output()


@contextmanager
def _told_plainly(settings: Settings) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise _plain(error, settings) from error


def _plain(error: OSError, settings: Settings) -> SceneSenseError:
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return DiskFull(f"The disk of {settings.data_path} is full; make room and start again.")
    return SettingsError(
        f"The data folder {settings.data_path} can't be used: {error.strerror or error}"
        f"{f' ({error.filename})' if error.filename else ''}; choose another with --data."
    )


def prepare_folders(settings: Settings) -> None:
    """Make the data folder, and below it the folders that need nobody's consent."""
    place.make_folder(settings.data_path)
    for folder in (settings.cache_path, settings.models_path):
        if folder.is_relative_to(settings.data_path):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not os.access(settings.data_path, os.W_OK | os.X_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(settings.data_path))


@contextmanager
def only_one(settings: Settings) -> Iterator[None]:
    """Hold the data folder; the kernel lets go of it when this process ends, however it ends.

    Raises:
        Conflict: another ``up`` holds it.
    """
    path = settings.data_path / LOCK_FILE
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Conflict(_holder(descriptor, settings.data_path)) from None
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, json.dumps({"pid": os.getpid(), "bind": settings.bind}).encode(), 0)
        yield
    finally:
        os.close(descriptor)


def _holder(descriptor: int, data_path: Path) -> str:
    try:
        holder = json.loads(os.pread(descriptor, 4096, 0))
        who = f" (process {holder['pid']}, at {holder['bind']})"
    except (ValueError, KeyError, TypeError):
        who = ""
    return f"Scene-Sense already runs on {data_path}{who}; stop it, or choose another folder with --data."


def check_address(bind: str) -> None:
    """Nothing, when the address is free now.

    Raises:
        Conflict: somebody listens there.
        SettingsError: this machine can't listen there.
    """
    if bind.startswith("fd://"):
        raise UsageError(
            "BIND=fd://… is for a web process that systemd starts; give `up` an address and a port."
        )
    if bind.startswith("unix:"):
        if listens(Path(bind.removeprefix("unix:"))):
            raise Conflict(f"Somebody already listens on {bind}; choose another address with --bind.")
        return
    host, _, port = bind.rpartition(":")
    if int(port) == 0:
        raise UsageError("Port 0 means any, and nobody would know which; give `up` one from 1 to 65535.")
    try:
        found = socket.getaddrinfo(host.strip("[]"), int(port), type=socket.SOCK_STREAM)
        for family, kind, protocol, _, address in found:
            with socket.socket(family, kind, protocol) as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                probe.bind(address)
                probe.listen(1)
    except (OSError, OverflowError) as error:
        if isinstance(error, OSError) and error.errno == errno.EADDRINUSE:
            raise Conflict(
                f"Port {port} at {host} is taken by another program; choose another with --bind, "
                f"for example --bind {host}:{int(port) + 1}"
            ) from error
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise SettingsError(f"Can't listen on {bind}: {reason}; choose another with --bind.") from error
