"""The gates that need no services: the code's own, the page's, and those of what is installed on a machine.

Every one is run, so that all that is wrong is seen at once; ends with 1 if any failed.
"""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
BIN = Path(sys.executable).parent

GATES: dict[str, list[str]] = {
    "format": [str(BIN / "ruff"), "format", "--check", "."],
    "lint": [str(BIN / "ruff"), "check", "."],
    "types": [str(BIN / "mypy")],
    "imports": [str(BIN / "lint-imports"), "--no-cache"],
    "sizes": [sys.executable, "-m", "scripts.sizes"],
    "units": [sys.executable, "-m", "scripts.gates.units"],
    "playbook": [sys.executable, "-m", "scripts.gates.playbook"],
    "shell": [sys.executable, "-m", "scripts.gates.shell"],
    "wheel": [sys.executable, "-m", "scripts.gates.wheel"],
    "page": [sys.executable, "-m", "scripts.build_ui", "--check"],
}


def main() -> int:
    """The exit code."""
    failed = []
    for name, command in GATES.items():
        print(f"== {name}", flush=True)
        if subprocess.run(command, cwd=ROOT, check=False).returncode != 0:
            failed.append(name)
    print(f"failed: {', '.join(failed)}" if failed else "all checks passed", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
