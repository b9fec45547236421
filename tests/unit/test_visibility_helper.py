"""What reads assets on somebody's behalf goes through the one module that decides who sees what: found in the source.

Every function of ``appliance.db`` whose SQL names the table of assets is looked at. It has to use the helper, itself
or through functions of this layer that it calls, or be one of those in whose name nobody asks, each of which is
listed here. One that takes a viewer can't be listed.
"""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LAYER = ROOT / "appliance" / "db"

SIGHT = frozenset({"visible_to", "visible_parts", "owned_by", "belongs_to", "owners_seen"})

_NAMES_ASSETS = re.compile(r"\b(FROM|JOIN|UPDATE|INTO|USING|,)\s+(ONLY\s+)?asset\b(?!_)")

#: What the appliance does by itself or for who runs it, on all assets alike. ``*``: the whole module.
NOBODY_ASKS = {
    "album_guests": {"*"},  # what was put into albums by who may not any more
    "asset_changes": {"insert_asset", "take_in_again"},  # an upload that was accepted, by its bytes
    "assets": {"kept_of", "ASSET_TABLES"},  # whether renditions may stay; the table's name itself
    "condition": {"*"},  # how the appliance is
    "departures": {"count_purged_soon", "sum_by_owner"},  # how much a purge takes, without names
    "embeddings": {"*"},  # the worker
    "folder_merge": {"move_contents"},  # the same, into another one
    "failures": {"set_aside", "is_set_aside"},  # whether bytes are safe to read
    "folders": {"delete_folders"},  # what lies in a folder moves with it
    "group_work": {"*"},  # the worker; what people see of groups is in another module
    "guests": {"*"},  # other people's assets in one's folders
    "inventory": {"*"},  # files and rows compared
    "jobs": {"*"},  # the worker's queue; what people see of it takes a viewer
    "leaving": {"*"},  # an account that is deleted
    "people": {"*"},  # how much each person has
    "purge": {"*"},  # the way out
    "quotas": {"*"},  # how much room a person has
    "samples": {"*"},  # photos that a smaller model is compared on, at the command line
    "scrub": {"*"},  # files that are read again
    "sets": {"*"},  # sets of vectors
    "uploads": {"*"},  # uploads that were cut off
}


@dataclass(frozen=True)
class Function:
    """A function or a constant of a module of the layer."""

    module: str
    name: str
    node: ast.AST

    @property
    def texts(self) -> str:
        """All strings in it but its docstring."""
        body = getattr(self.node, "body", [])
        first = body[0] if body else None
        documented = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
        skipped = first.value if documented and isinstance(first, ast.Expr) else None
        strings = (
            each.value
            for each in ast.walk(self.node)
            if isinstance(each, ast.Constant) and isinstance(each.value, str) and each is not skipped
        )
        return "\n".join(strings)

    @property
    def uses(self) -> frozenset[str]:
        """Every name in it."""
        names = {each.id for each in ast.walk(self.node) if isinstance(each, ast.Name)}
        return frozenset(
            names | {each.attr for each in ast.walk(self.node) if isinstance(each, ast.Attribute)}
        )

    @property
    def takes_a_viewer(self) -> bool:
        arguments = getattr(self.node, "args", None)
        if not isinstance(arguments, ast.arguments):
            return False
        kinds = [each.annotation for each in (*arguments.args, *arguments.kwonlyargs)]
        return any("Viewer" in ast.dump(kind) or "Nearest" in ast.dump(kind) for kind in kinds if kind)


def _parts(module: str, tree: ast.AST) -> Iterator[Function]:
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield Function(module, node.name, node)
        elif isinstance(node, ast.ClassDef):
            yield from _parts(module, node)
        elif isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            for target in targets:
                if isinstance(target, ast.Name):
                    yield Function(module, target.id, node.value)


@cache
def functions() -> tuple[Function, ...]:
    return tuple(
        function
        for path in sorted(LAYER.glob("*.py"))
        if path.stem != "visibility"
        for function in _parts(path.stem, ast.parse(path.read_text(encoding="utf-8")))
    )


@cache
def _named(name: str, module: str) -> tuple[Function, ...]:
    """What a name in a module can mean; one with an underscore is its own."""
    found = (function for function in functions() if function.name == name)
    return tuple(each for each in found if not name.startswith("_") or each.module == module)


def reached(function: Function, seen: frozenset[str] = frozenset()) -> frozenset[str]:
    """Every name that a function uses, also through functions and constants of the layer."""
    found = set(function.uses)
    for name in function.uses - seen:
        for other in _named(name, function.module):
            found |= reached(other, seen | function.uses)
    return frozenset(found)


def names_assets(function: Function) -> bool:
    return _NAMES_ASSETS.search(function.texts) is not None or "ASSET_TABLES" in function.uses


def is_listed(function: Function) -> bool:
    listed = NOBODY_ASKS.get(function.module, set())
    return not function.takes_a_viewer and bool({"*", function.name} & listed)


def is_sound(function: Function, among: tuple[Function, ...]) -> bool:
    if is_listed(function) or reached(function) & SIGHT:
        return True
    # A private one that is given its condition is as good as those that give it.
    callers = [
        each
        for each in among
        if each.module == function.module and function.name in each.uses and each.name != function.name
    ]
    return function.name.startswith("_") and bool(callers) and all(is_sound(each, among) for each in callers)


def offenders(found: tuple[Function, ...]) -> list[str]:
    return [
        f"{function.module}.{function.name}"
        for function in found
        if names_assets(function) and not is_sound(function, found)
    ]


def test_whoever_reads_assets_for_somebody_goes_through_the_one_helper() -> None:
    reading = [function for function in functions() if names_assets(function)]
    assert len(reading) > 30
    assert offenders(functions()) == []


@pytest.mark.parametrize(
    "source",
    [
        'async def peek(db, viewer: Viewer):\n    return await db.fetch("SELECT a.id FROM asset a")\n',
        'async def peek(db, owner):\n    """Doc."""\n    await db.fetch(f"SELECT 1 FROM folder f, asset a {x}")\n',
        'async def peek(db, viewer):\n    await db.fetch("SELECT {} FROM {}", columns, ASSET_TABLES)\n',
        'async def peek(db, viewer):\n    await db.fetch("UPDATE asset SET state = 1")\n',
    ],
)
def test_the_check_can_fail(source: str) -> None:
    found = tuple(_parts("assets", ast.parse(source)))
    assert offenders(found) == ["assets.peek"]


def test_who_takes_a_viewer_can_not_be_let_off() -> None:
    source = 'async def kept_of(db, viewer: Viewer):\n    return await db.fetch("SELECT id FROM asset")\n'
    assert offenders(tuple(_parts("assets", ast.parse(source)))) == ["assets.kept_of"]


def test_what_is_let_off_is_still_there() -> None:
    modules = {function.module for function in functions()}
    assert set(NOBODY_ASKS) <= modules
    named = {(module, name) for module, names in NOBODY_ASKS.items() for name in names - {"*"}}
    assert named <= {(function.module, function.name) for function in functions()}


def test_nobody_asks_the_database_past_this_layer() -> None:
    asking = re.compile(r"\b(SELECT|UPDATE|DELETE|INSERT)\b[^\"']*\basset\b")
    found = [
        f"{path.relative_to(ROOT)}"
        for folder in ("appliance/library", "appliance/cli", "appliance/media", "web", "workers")
        for path in (ROOT / folder).rglob("*.py")
        if "node_modules" not in path.parts and asking.search(path.read_text(encoding="utf-8"))
    ]
    assert found == []
