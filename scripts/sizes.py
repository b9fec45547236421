"""Lists hand-written files over 400 lines and Python functions over 50; exits 1 if there are any."""

import ast
import subprocess
import sys
from pathlib import Path

FILE_LINES = 400
FUNCTION_LINES = 50
SUFFIXES = {".py", ".ts", ".tsx", ".css", ".mjs"}
GENERATED = ("piccolo_migrations/", ".d.ts")


def hand_written(root: Path) -> list[Path]:
    """The source files that git knows or would add, without generated ones."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],  # noqa: S607
        cwd=root,
        capture_output=True,
        text=True,
        check=True,
    )
    paths = (root / name for name in listed.stdout.splitlines())
    return [
        path
        for path in paths
        if path.suffix in SUFFIXES and path.is_file() and not any(mark in str(path) for mark in GENERATED)
    ]


def oversized(path: Path) -> list[str]:
    """One line for each thing in this file that is too long."""
    text = path.read_text(encoding="utf-8")
    found = []
    if (lines := text.count("\n")) > FILE_LINES:
        found.append(f"{path}: {lines} lines")
    if path.suffix == ".py":
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                length = (node.end_lineno or node.lineno) - node.lineno + 1
                if length > FUNCTION_LINES:
                    found.append(f"{path}:{node.lineno} {node.name}: {length} lines")
    return found


def main() -> int:
    """Print what is too long."""
    found = [line for path in hand_written(Path(__file__).parents[1]) for line in oversized(path)]
    for line in found:
        print(line)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
