"""Takes from this process what decoding a picture does not need, for good.

1. Root becomes ``nobody``, where that is possible; the files to read arrive as descriptors.
2. No new privileges, and death with the parent.
3. Limits: address space, no writing to files, few descriptors, no core dumps.
4. The kernel is told to end this process first when memory runs out.
"""

import ctypes
import os
import resource
import signal
from contextlib import suppress
from pathlib import Path

_NOBODY = 65534

# Options of prctl, from linux/prctl.h.
_PR_SET_PDEATHSIG = 1
_PR_SET_NO_NEW_PRIVS = 38

#: The three standard ones, the channel, the file of a task, and what libraries open for themselves.
MAX_DESCRIPTORS = 32


def confine(*, memory_bytes: int, parent: int) -> None:
    """Give up everything named above. ``memory_bytes`` come on top of what the process has mapped already.

    Raises:
        OSError: a limit can't be set.
        SystemExit: the parent has gone meanwhile.
    """
    in_use = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0]) * resource.getpagesize()
    with suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000", encoding="ascii")
    _drop_root()
    libc = ctypes.CDLL(None, use_errno=True)
    for option, value in ((_PR_SET_NO_NEW_PRIVS, 1), (_PR_SET_PDEATHSIG, signal.SIGKILL)):
        if libc.prctl(option, value, 0, 0, 0) != 0:
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number))
    if os.getppid() != parent:
        raise SystemExit(1)
    _limit(resource.RLIMIT_AS, in_use + memory_bytes)
    _limit(resource.RLIMIT_FSIZE, 0)
    _limit(resource.RLIMIT_NOFILE, MAX_DESCRIPTORS)
    _limit(resource.RLIMIT_CORE, 0)


def allow_cpu(seconds: float) -> None:
    """Let this process compute for ``seconds`` more; the kernel ends it then, should nobody else."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    soft = int(used.ru_utime + used.ru_stime + seconds) + 1
    resource.setrlimit(resource.RLIMIT_CPU, (soft, resource.getrlimit(resource.RLIMIT_CPU)[1]))


def _limit(which: int, value: int) -> None:
    hard = resource.getrlimit(which)[1]
    bounded = value if hard == resource.RLIM_INFINITY else min(value, hard)
    resource.setrlimit(which, (bounded, bounded))


def _drop_root() -> None:
    if os.geteuid() != 0:
        return
    # Containers may lack the capability; every other limit holds all the same.
    with suppress(OSError):
        os.setgroups([])
        os.setresgid(_NOBODY, _NOBODY, _NOBODY)
        os.setresuid(_NOBODY, _NOBODY, _NOBODY)
