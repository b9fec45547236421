"""Shows files with the program that the desktop has for them."""

import asyncio
import os
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

from appliance.errors import SceneSenseError, UsageError

#: An opener hands over and ends; one that shows the picture itself goes on by itself.
_PATIENCE_SECONDS = 5.0


def find_opener() -> str:
    """The path of the program that opens files on this desktop.

    Raises:
        UsageError: there is no desktop here, or no such program.
    """
    if sys.platform == "darwin":
        name = "open"
    else:
        name = "xdg-open"
        if not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
            raise UsageError("There is no desktop here to open pictures on; --copy-to copies them.")
    found = shutil.which(name)
    if found is None:
        raise UsageError(f"There is no {name} here to open pictures with; --copy-to copies them.")
    return found


async def open_files(opener: str, paths: Sequence[Path]) -> None:
    """Open each in turn, in a session of its own so that it outlives this program.

    Raises:
        SceneSenseError: one can't be opened.
    """
    for path in paths:
        process = await asyncio.create_subprocess_exec(
            opener,
            str(path),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            async with asyncio.timeout(_PATIENCE_SECONDS):
                code = await process.wait()
        except TimeoutError:
            continue
        if code:
            raise SceneSenseError(f"{Path(opener).name} can't open {path} (it ended with {code}).")
