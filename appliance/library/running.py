"""Where the ``scene-sense up`` of a data folder listens, which may be elsewhere than BIND says (``--bind``)."""

import fcntl
import json
import os
from pathlib import Path

from appliance.settings import Settings

#: In the data folder: held by ``up`` as long as it runs, with its process and address.
LOCK_FILE = "up.lock"


def bind_of(settings: Settings) -> str:
    """The address of the ``up`` that runs on the data folder, else BIND."""
    return _bind_of_up(settings) or settings.bind


def _bind_of_up(settings: Settings) -> str | None:
    try:
        descriptor = os.open(settings.data_path / LOCK_FILE, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        holder = json.loads(os.pread(descriptor, 4096, 0))
        bind = str(holder["bind"])
        if not Path(f"/proc/{int(holder['pid'])}").exists():
            return None
        # Its number may be another program's by now, while the kernel has let go of the lock.
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return bind
    except (OSError, ValueError, KeyError, TypeError):
        return None
    finally:
        os.close(descriptor)
    return None
