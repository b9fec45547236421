"""Looks over ``ansible/``: ansible-lint's production profile; defaults, specifications and comments that agree."""

import sys
from pathlib import Path
from typing import Any

import yaml

from scripts.gates.tools import ROOT, report, said

ANSIBLE = ROOT / "ansible"

#: Beside this interpreter, as the extras ``lint`` and ``provision`` put them.
BIN = Path(sys.executable).parent


def disagreements(role: Path) -> list[str]:
    """How a role's defaults and its argument specification differ, and which defaults have no comment."""
    defaults_file = role / "defaults" / "main.yml"
    defaults: dict[str, Any] = yaml.safe_load(defaults_file.read_text(encoding="utf-8")) or {}
    specification = yaml.safe_load((role / "meta" / "argument_specs.yml").read_text(encoding="utf-8"))
    options: dict[str, Any] = specification["argument_specs"]["main"]["options"]
    found = [
        f"{role.name}: {name} has a default and no specification" for name in defaults.keys() - options.keys()
    ]
    found += [
        f"{role.name}: {name} is specified and has no default" for name in options.keys() - defaults.keys()
    ]
    found += [
        f"{role.name}: {name} has a default of another type than {options[name]['type']}"
        for name in defaults.keys() & options.keys()
        if not _is_of(defaults[name], options[name]["type"])
    ]
    found += [f"{role.name}: {name} is a secret without no_log" for name in _unguarded(options)]
    return sorted(found + _uncommented(defaults_file))


def _is_of(value: object, kind: str) -> bool:
    kinds: dict[str, type] = {"str": str, "path": str, "bool": bool, "int": int, "list": list, "dict": dict}
    return isinstance(value, kinds[kind])


def _unguarded(options: dict[str, Any]) -> list[str]:
    secret = (
        name for name in options if name.endswith(("_url", "_secrets")) and not name.endswith("public_url")
    )
    return [name for name in secret if not options[name].get("no_log")]


def _uncommented(path: Path) -> list[str]:
    lines = path.read_text(encoding="utf-8").splitlines()
    return [
        f"{path.parents[1].name}: {line.partition(':')[0]} has no comment"
        for before, line in zip(["", *lines], lines, strict=False)
        if line and line[0].isalpha() and not before.startswith("#")
    ]


def roles() -> list[Path]:
    """The folders of the roles."""
    return sorted(path for path in (ANSIBLE / "roles").iterdir() if path.is_dir())


def main() -> int:
    """The exit code."""
    found = [line for role in roles() for line in disagreements(role)]
    path = {"PATH": f"{BIN}:/usr/bin:/bin"}
    for playbook in ("site.yml", "uninstall.yml"):
        code, output = said(
            [BIN / "ansible-playbook", "--syntax-check", "-i", "localhost,", playbook], cwd=ANSIBLE, env=path
        )
        found += [] if code == 0 else [output]
    lint: list[str | Path] = [
        BIN / "ansible-lint",
        "--offline",
        "--profile",
        "production",
        "-q",
        "--nocolor",
        ".",
    ]
    code, output = said(lint, cwd=ANSIBLE, env=path)
    return report(found + ([] if code == 0 else [output]))


if __name__ == "__main__":
    sys.exit(main())
