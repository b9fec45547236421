"""Makes ``.venv`` with what a target of the Makefile needs, builds the page once, and becomes the target's program.

Standard library only, and written so that every Python 3 can at least read it: an old one has to get as far as
saying that it is too old. A second run finds everything done and takes a few milliseconds.
"""

import fcntl
import hashlib
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Dict, Iterator, List, Optional, Set, Tuple

LEAST = (3, 11)
NEWER = ("python3.14", "python3.13", "python3.12", "python3.11")

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
STAMP = VENV / "scene-sense.json"
PAGE = ROOT / "web" / "static" / "index.html"
PAGE_STAMP = ROOT / "web" / "static" / ".built-from"
BUILD_PAGE = ROOT / "scripts" / "build_ui.py"

#: For each target, the extras that it needs, and whether it wants the page built.
TARGETS: Dict[str, Tuple[Set[str], bool]] = {
    "run": ({"cpu", "embedded"}, True),
    "test": ({"cpu", "embedded", "dev", "ui"}, True),
    "test-deploy": ({"cpu", "embedded", "dev", "provision"}, True),
    "check": ({"cpu", "embedded", "dev", "lint", "provision", "ui"}, True),
    "bench": ({"cpu", "embedded", "dev", "bench"}, False),
    "bench-full": ({"cpu", "embedded", "dev", "bench"}, False),
    "ui": ({"ui"}, True),
    "wheel": ({"ui"}, True),
    "bundle": ({"ui"}, True),
    "deploy": ({"ui", "provision"}, True),
}


class Lacking(Exception):
    """What is missing, in one line."""


def version_problem(version: Tuple[int, ...]) -> Optional[str]:
    """Why a Python of this version can't be used, and what to do; None when it can."""
    if version[:2] >= LEAST:
        return None
    return (
        "Python %d.%d is too old: Scene-Sense needs 3.11 or newer. Install one (Debian 12 and 13 have it: "
        "apt install python3-venv) or name it: make run PYTHON=/path/to/python3.12" % version[:2]
    )


def newer_python() -> Optional[str]:
    """A Python on PATH that is new enough and really runs."""
    for name in NEWER:
        path = shutil.which(name)
        if (
            path
            and subprocess.call(
                [path, "-c", "import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))"],
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            == 0
        ):
            return path
    return None


def venv_problem(missing: List[str], version: Tuple[int, ...]) -> Optional[str]:
    """Why no virtual environment can be made, when these modules are missing; None when none is."""
    if not missing:
        return None
    return (
        "This Python lacks the module %s, which makes virtual environments. Debian keeps it in a package of its "
        "own: apt install python3-venv (or python%d.%d-venv)" % (missing[0], version[0], version[1])
    )


def is_there(module: str) -> bool:
    """Whether this Python has the module; an empty folder of its name, left by a package manager, is none."""
    spec = importlib.util.find_spec(module)
    return spec is not None and spec.origin is not None


def check_python() -> None:
    """Go on with a Python that will do, or say what is missing."""
    problem = version_problem(sys.version_info[:3])
    if problem is None:
        missing = [name for name in ("venv", "ensurepip") if not is_there(name)]
        problem = venv_problem(missing, sys.version_info[:3])
    # A Python that was started by this very search must not search again; and what runs later would take the
    # variable for a setting.
    searched = os.environ.pop("SCENE_SENSE_BOOTSTRAPPED", None)
    if problem is None:
        return
    better = None if searched else newer_python()
    if better is None:
        raise Lacking(problem)
    os.environ["SCENE_SENSE_BOOTSTRAPPED"] = "1"
    os.execv(better, [better] + sys.argv)


def venv_python() -> Path:
    """The environment's Python."""
    return VENV / "bin" / "python"


def wanted_stamp() -> Dict[str, object]:
    """What the environment was made from: a change of any of it means installing again."""
    return {
        "pyproject": hashlib.sha256((ROOT / "pyproject.toml").read_bytes()).hexdigest(),
        "python": list(sys.version_info[:2]),
        # Scripts in an environment hold its absolute path.
        "root": str(ROOT),
    }


def installed_extras() -> Set[str]:
    """The extras that the environment has, if it is of this project as it is now; nothing otherwise."""
    try:
        stamp = json.loads(STAMP.read_text(encoding="utf-8"))
        extras = set(stamp.pop("extras"))
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return set()
    return extras if stamp == wanted_stamp() and venv_python().exists() else set()


def works(python: Path) -> bool:
    """Whether this environment's Python is this one and has pip."""
    wanted = "import sys, pip; sys.exit(list(sys.version_info[:2]) != %r)" % list(sys.version_info[:2])
    return (
        python.exists()
        and subprocess.call([str(python), "-c", wanted], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        == 0
    )


def ensure_installed(extras: Set[str]) -> None:
    """An environment with at least these extras."""
    have = installed_extras()
    if extras <= have:
        return
    if not works(venv_python()):
        say("Making a virtual environment in %s" % VENV)
        made = subprocess.run(
            [sys.executable, "-m", "venv", "--clear", str(VENV)],
            check=False,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            universal_newlines=True,
        )
        if made.returncode != 0:
            raise Lacking("The virtual environment can't be made: %s" % last_line(made.stdout))
    # Extras that were installed before stay: taking one away would break the target that wanted it.
    both = sorted(extras | have)
    say("Installing Scene-Sense and what it needs (%s); once, this takes a minute or two" % ", ".join(both))
    started = time.time()
    pip_install("-e", "%s[%s]" % (ROOT, ",".join(both)))
    stamp = wanted_stamp()
    stamp["extras"] = both
    STAMP.write_text(json.dumps(stamp), encoding="utf-8")
    say("Installed in %.0f s" % (time.time() - started))


def pip_install(*what: str) -> None:
    """Run pip; on a terminal the line shows what it is at, and a failure is its last words in one line."""
    command = [str(venv_python()), "-m", "pip", "--disable-pip-version-check", "--no-input", "install"]
    pip = subprocess.Popen(
        command + ["--progress-bar", "off"] + list(what),
        cwd=str(ROOT),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        universal_newlines=True,
    )
    errors: List[str] = []
    line = ""
    for said in pip.stdout or ():
        line = said.strip()
        if line.upper().startswith("ERROR"):
            errors.append(line)
        if sys.stdout.isatty() and line.startswith(("Collecting", "Downloading", "Installing")):
            sys.stdout.write("\r\x1b[K  " + line[: shutil.get_terminal_size().columns - 4])
            sys.stdout.flush()
    if sys.stdout.isatty():
        sys.stdout.write("\r\x1b[K")
    if pip.wait() != 0:
        raise Lacking(
            "pip could not install what is needed (it asks the package index that pip is set to, by default "
            "pypi.org): %s" % (errors[0] if errors else line)
        )


def page_sources() -> Iterator[Path]:
    """The files that the page is built from."""
    for folder, folders, files in os.walk(str(ROOT / "web" / "ui")):
        folders[:] = sorted(name for name in folders if name not in ("node_modules", "dist"))
        for name in sorted(files):
            yield Path(folder) / name


def page_hash() -> str:
    """Changes when a source of the page does."""
    digest = hashlib.sha256()
    for path in page_sources():
        digest.update(str(path.relative_to(ROOT)).encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def page_is_current() -> bool:
    """Whether the built page is there and was built from these sources."""
    try:
        return PAGE.exists() and PAGE_STAMP.read_text(encoding="ascii") == page_hash()
    except (OSError, ValueError):
        return False


def ensure_page(needed: bool) -> None:
    """The page, built from its sources as they are now; where that fails the server runs without it."""
    if page_is_current():
        return
    try:
        if not BUILD_PAGE.exists():
            raise Lacking("%s is missing" % BUILD_PAGE)
        ensure_installed({"ui"})
        say("Building the page; once, this takes half a minute")
        sources = page_hash()
        built = subprocess.run(
            [str(venv_python()), str(BUILD_PAGE)],
            check=False,
            cwd=str(ROOT),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            universal_newlines=True,
        )
        if built.returncode != 0 or not PAGE.exists():
            raise Lacking(reason(built.stdout))
        PAGE_STAMP.write_text(sources, encoding="ascii")
    except Lacking as error:
        if needed:
            raise Lacking("The page can't be built: %s" % error)
        kept = (
            "the one built before is served"
            if PAGE.exists()
            else "going on without it (the API and the CLI work)"
        )
        say("The page can't be built, %s; `make ui` tries again: %s" % (kept, error))


def ensure_providers() -> None:
    """Other people's programs that tests talk to; where that fails, those tests are skipped, but not in CI."""
    if subprocess.call([str(venv_python()), "-m", "scripts.providers"], cwd=str(ROOT)) != 0:
        raise Lacking("Tests that may not be skipped here lack a program that they talk to, as said above")


def reason(text: str) -> str:
    """Why the build of the page failed, in its own words; a program that it ran may have the last one."""
    own = [line for line in text.splitlines() if line.startswith("build_ui: ")]
    return own[-1][len("build_ui: ") :] if own else last_line(text)


def last_line(text: str) -> str:
    """The last words of a program."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else "it said nothing"


def say(line: str) -> None:
    """One line, at once."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def become(*arguments: str) -> None:
    """Replace this process, so that signals reach the program itself."""
    sys.stdout.flush()
    os.chdir(str(ROOT))
    os.execv(arguments[0], list(arguments))


#: All tests, files of them side by side, as most of their time is waiting; in order, as those of the page come last.
#: One that hangs fails after ten minutes, and says where.
SIDE_BY_SIDE = (
    *("-n", "logical", "--maxprocesses", "4", "--dist", "loadfile", "--no-loadscope-reorder"),
    *("--timeout", "600"),
)


def run_target(target: str, arguments: List[str]) -> None:
    """What is left to do once everything is installed."""
    python, scripts = str(venv_python()), str(VENV / "bin")
    if target == "run":
        become(scripts + "/scene-sense", "up", *arguments)
    elif target == "test":
        become(python, "-m", "pytest", *(arguments or SIDE_BY_SIDE))
    elif target == "test-deploy":
        become(python, "-m", "pytest", "-m", "provision", "tests/deploy", *arguments)
    elif target in ("bundle", "deploy"):
        become(python, "-m", "scripts." + target, *arguments)
    elif target == "check":
        become(python, "-m", "scripts.check", *arguments)
    elif target in ("bench", "bench-full"):
        if not (ROOT / "benchmarks" / "__main__.py").exists():
            raise Lacking("There are no benchmarks in this checkout")
        become(python, "-m", "benchmarks", *(["--full"] if target == "bench-full" else []), *arguments)
    elif target == "ui":
        say("The page is in %s" % PAGE.parent)
    elif target == "wheel":
        become(python, "-m", "pip", "wheel", "--no-deps", "--wheel-dir", "dist", *arguments, str(ROOT))


def main() -> None:
    """``bootstrap.py TARGET ARGUMENT...``: see the Makefile."""
    target, arguments = (sys.argv[1:2] or ["run"])[0], sys.argv[2:]
    if target not in TARGETS:
        raise Lacking("There is no target %s; there are: %s" % (target, ", ".join(sorted(TARGETS))))
    check_python()
    extras, page = TARGETS[target]
    # Two of these at once would install into each other's feet; the kernel lets go when this process is replaced.
    with Path(__file__).open("rb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        ensure_installed(extras)
        if page:
            ensure_page(needed=target in ("ui", "wheel", "bundle", "deploy"))
        if target == "test":
            ensure_providers()
    run_target(target, arguments)


if __name__ == "__main__":
    try:
        main()
    except Lacking as lacking:
        sys.stderr.write("make: %s\n" % lacking)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
