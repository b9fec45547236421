"""Ansible against a box, as an administrator runs it from elsewhere: over SSH, as root."""

import json
import os
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.support.box.commands import run
from tests.support.box.machine import Box

_SECONDS = 1800.0

_TASK = re.compile(r"^(?:TASK|RUNNING HANDLER) \[(.*)\] \*+$")


@dataclass(frozen=True, slots=True)
class Played:
    """What a run of a playbook came to."""

    exit_code: int
    output: str
    ok: int
    changed: int
    failed: int
    unreachable: int
    changed_tasks: list[str]

    @property
    def good(self) -> bool:
        """Whether it came to its end without a failure."""
        return self.exit_code == 0 and not self.failed and not self.unreachable


def play(
    box: Box,
    playbook: Path,
    variables: Mapping[str, object] | None = None,
    *,
    check: bool = False,
    arguments: tuple[str, ...] = (),
    timeout: float = _SECONDS,
) -> Played:
    """Run the playbook with these extra variables; ``check`` only asks what would change.

    A playbook that fails is an answer too. What it changed is listed by the names of the tasks.
    """
    extra = box.home.folder / "variables.json"
    extra.write_text(json.dumps(dict(variables or {})))
    command: list[str | Path] = [Path(sys.executable).parent / "ansible-playbook"]
    command += ["--inventory", box.inventory(), "--extra-vars", f"@{extra}"]
    command += [*(["--check", "--diff"] if check else []), *arguments, playbook.resolve()]
    try:
        done = run(
            command,
            check=False,
            timeout=timeout,
            env=_environment(box, playbook),
            cwd=playbook.resolve().parent,
            merged=True,
        )
    finally:
        _hang_up(box)
    counts = _counts(done.stdout, box.name)
    return Played(
        exit_code=done.returncode,
        output=done.stdout,
        ok=counts.get("ok", 0),
        changed=counts.get("changed", 0),
        failed=counts.get("failed", 0),
        unreachable=counts.get("unreachable", 0),
        changed_tasks=_changed_tasks(done.stdout),
    )


def _environment(box: Box, playbook: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ANSIBLE_")}
    given = {
        "ANSIBLE_CONFIG": str(playbook.resolve().parent / "ansible.cfg"),
        "ANSIBLE_HOME": str(box.home.folder / "ansible"),
        "ANSIBLE_NOCOLOR": "1",
        "ANSIBLE_NOCOWS": "1",
        "ANSIBLE_PIPELINING": "1",
        "ANSIBLE_SSH_CONTROL_PATH_DIR": str(box.home.sockets),
        "LC_ALL": "C.UTF-8",
    }
    return kept | given


def _hang_up(box: Box) -> None:
    """End the connections that Ansible keeps for a minute."""
    for socket in box.home.sockets.iterdir():
        run(["ssh", "-o", f"ControlPath={socket}", "-O", "exit", box.address], check=False, timeout=15)


def _counts(output: str, name: str) -> dict[str, int]:
    """The line of the recap: ``box : ok=12 changed=3 unreachable=0 failed=0 ...``."""
    recap = output.rpartition("PLAY RECAP")[2]
    line = re.search(rf"^{name}\s+:(.*)$", recap, re.MULTILINE)
    return {key: int(value) for key, value in re.findall(r"(\w+)=(\d+)", line[1])} if line else {}


def _changed_tasks(output: str) -> list[str]:
    names: list[str] = []
    task = ""
    for line in output.splitlines():
        heading = _TASK.match(line)
        if heading:
            task = heading[1]
        elif line.startswith("changed: ") and task not in names:
            names.append(task)
    return names
