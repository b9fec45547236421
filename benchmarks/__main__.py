"""``python -m benchmarks [NAME [ARGUMENT...]]``: one table, or all of them one after the other.

With ``--full`` those of search over a million vectors, which are in no other run.
"""

import importlib
import pkgutil
import sys
from types import ModuleType

import benchmarks

FULL_ROWS = "1000000"


def tables() -> dict[str, ModuleType]:
    """The modules that print a table, by name."""
    names = [item.name for item in pkgutil.iter_modules(benchmarks.__path__) if not item.ispkg]
    return {
        name.replace("_", "-"): importlib.import_module(f"benchmarks.{name}")
        for name in sorted(names)
        if not name.startswith("_")
    }


def main(arguments: list[str]) -> int:
    """Run what was asked for; the exit code."""
    known = tables()
    if not arguments:
        for module in known.values():
            module.main([])
        return 0
    if arguments == ["--full"]:
        known["recall"].main(["--rows", FULL_ROWS, "--real", "0"])
        known["search"].main(["--rows", FULL_ROWS])
        return 0
    name, *rest = arguments
    if name not in known:
        titles = [f"  {key:10} {(module.__doc__ or '').splitlines()[0]}" for key, module in known.items()]
        print("usage: python -m benchmarks [NAME [ARGUMENT...]]", *titles, sep="\n")
        return 0 if name in {"-h", "--help"} else 2
    known[name].main(rest)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
