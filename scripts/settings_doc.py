"""Writes docs/settings.md and systemd/scene-sense.env.example from the settings, so that they say nothing else.

`python -m scripts.settings_doc` prints the page; `--write` puts both in place.
"""

import sys
import textwrap
from pathlib import Path

from pydantic_core import PydanticUndefined

from appliance.settings import SECRETS, Settings

PAGE = Path(__file__).parents[1] / "docs" / "settings.md"
EXAMPLE = Path(__file__).parents[1] / "systemd" / "scene-sense.env.example"

HEAD = """# Settings

Settings come from the environment, or from an env file given with `--env-file` (the environment wins). An unknown
name in the file is refused, and so is one in the environment that begins like ours. Everything wrong is said at
once. Secrets can come from a file instead: `NAME_FILE=/path`, or a file `NAME` or `scene-sense.NAME` in systemd's
credentials folder. No secret has a default value: a missing one is made at the first start and kept in a file only
the owner can read.

| setting | default | meaning |
| --- | --- | --- |
"""

EXAMPLE_HEAD = """# Settings of Scene-Sense. A line is NAME=value, and what begins with # is a comment:
# take the # away to set one; what stands there is the default. The playbook writes a file of its own;
# this one is for units of your own.
# Secrets come from files: NAME_FILE=/path, or a credential scene-sense.NAME of systemd."""

#: Defaults that depend on another setting.
_DERIVED = {
    "data_path": "`~/.local/share/scene-sense` (XDG)",
    "storage_path": "`DATA_PATH/storage`",
    "cache_path": "`DATA_PATH/cache`",
    "models_path": "`DATA_PATH/models`",
}


def page() -> str:
    """The whole page, Markdown."""
    rows = []
    for name, field in Settings.model_fields.items():
        default = field.default
        listed = ", ".join(default) if isinstance(default, tuple) else default
        shown = _DERIVED.get(name) or ("" if default in (None, (), PydanticUndefined) else f"`{listed}`")
        secret = " Secret." if name.upper() in SECRETS else ""
        rows.append(f"| `{name.upper()}` | {shown} | {field.description}{secret} |")
    return HEAD + "\n".join(rows) + "\n"


def example() -> str:
    """An env file with every setting, each commented out with its default."""
    parts = [EXAMPLE_HEAD]
    for name, field in Settings.model_fields.items():
        upper = name.upper()
        about = f"{field.description}{' Secret.' if upper in SECRETS else ''}"
        lines = textwrap.wrap(about, width=118, initial_indent="# ", subsequent_indent="# ")
        parts.append(
            "\n".join([*lines, f"#{upper}{'_FILE' if upper in SECRETS else ''}={_plain(field.default)}"])
        )
    return "\n\n".join(parts) + "\n"


def _plain(default: object) -> str:
    if default in (None, PydanticUndefined):
        return ""
    if isinstance(default, bool):
        return str(default).lower()
    return ",".join(map(str, default)) if isinstance(default, tuple) else str(default)


def main() -> None:
    """Print or write the page."""
    if "--write" in sys.argv[1:]:
        PAGE.write_text(page(), encoding="utf-8")
        EXAMPLE.write_text(example(), encoding="utf-8")
    else:
        print(page(), end="")


if __name__ == "__main__":
    main()
