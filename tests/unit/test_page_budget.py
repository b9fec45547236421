"""How large the page may be, for whoever loads it."""

import json
import os
from pathlib import Path

import pytest

from scripts.build_ui import FRAME, BuildError, check_sizes


def built(out: Path, sizes: dict[str, int]) -> Path:
    """A build with an entry, the frame and a screen, whose files are of these sizes however they are packed."""
    (out / ".vite").mkdir(parents=True)
    for name, size in sizes.items():
        (out / name).parent.mkdir(exist_ok=True)
        (out / name).write_bytes(os.urandom(size))
    manifest = {
        "index.html": {"file": "assets/index.js", "isEntry": True, "css": ["assets/index.css"]},
        FRAME: {"file": "assets/shell.js", "imports": ["index.html"], "css": ["assets/shell.css"]},
        "home.tsx": {"file": "assets/home.js", "imports": ["index.html"], "css": ["assets/home.css"]},
        "trash.tsx": {"file": "assets/trash.js", "imports": ["index.html"], "css": ["assets/trash.css"]},
    }
    (out / ".vite" / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    return out


LEAN = {
    "assets/index.js": 149_000,
    "assets/shell.js": 49_000,
    "assets/home.js": 49_000,
    "assets/trash.js": 10_000,
    "assets/index.css": 5_000,
    "assets/shell.css": 5_000,
    "assets/home.css": 4_900,
    "assets/trash.css": 4_900,
}


def test_a_page_within_its_budget_passes_and_says_what_is_largest(tmp_path: Path) -> None:
    said = check_sizes(built(tmp_path, LEAN))
    assert "entry 149,000" in said
    assert "49,000" in said
    assert "most styles 14,900" in said


@pytest.mark.parametrize(
    ("file", "size"),
    [
        ("assets/index.js", 150_001),
        ("assets/home.js", 50_001),
        # With the entry's and the frame's, which it is never without.
        ("assets/trash.css", 5_001),
        ("assets/shell.css", 5_101),
    ],
)
def test_what_makes_any_screen_too_heavy_is_refused(tmp_path: Path, file: str, size: int) -> None:
    with pytest.raises(BuildError, match="over the budget"):
        check_sizes(built(tmp_path, LEAN | {file: size}))
