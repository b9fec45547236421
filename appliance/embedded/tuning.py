"""How PostgreSQL is set for this machine: modest shares of its memory, the rest as PostgreSQL itself would."""

import os
from pathlib import Path

MIB = 1024 * 1024


def memory_bytes() -> int:
    """The memory this process may count on: the machine's, or its control group's limit when that is less."""
    machine = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    for limit in (Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory/memory.limit_in_bytes")):
        try:
            return min(machine, int(limit.read_text(encoding="ascii")))
        except (OSError, ValueError):  # no such controller, or "max"
            continue
    return machine


def shared_memory_bytes() -> int:
    """How much /dev/shm holds: what parallel workers share goes there, and containers give it 64 MB."""
    try:
        status = os.statvfs("/dev/shm")  # noqa: S108 - asked for its size only
    except OSError:
        return 0
    return status.f_blocks * status.f_frsize


def parameters(memory: int, shared_memory: int) -> dict[str, str]:
    """Server parameters for so many bytes of memory and of /dev/shm.

    The household's data is small next to its pictures: an eighth of the memory, at most 1 GiB, holds the vectors
    of several hundred thousand; an index build (1.75 kB a row) gets a sixteenth.
    """

    def share(part: int, least: int, most: int) -> str:
        return f"{max(least, min(most, memory // part // MIB))}MB"

    chosen = {
        "shared_buffers": share(8, 64, 1024),
        "maintenance_work_mem": share(16, 64, 1024),
        "effective_cache_size": share(2, 256, 64 * 1024),
        "max_wal_size": "2GB",
        "max_connections": "100",
        # The queries are short, and these builds carry no compiler anyway.
        "jit": "off",
        "timezone": "'UTC'",
        "log_timezone": "'UTC'",
        "log_checkpoints": "off",
    }
    if shared_memory < 1024 * MIB:
        chosen["max_parallel_maintenance_workers"] = "0"
    if shared_memory < 128 * MIB:
        chosen["max_parallel_workers_per_gather"] = "0"
    return chosen
