"""Writes docs/settings.md from the settings themselves, so that the page can't say anything else.

`python -m scripts.settings_doc` prints the page; `--write` puts it in place.
"""

import sys
from pathlib import Path

from pydantic_core import PydanticUndefined

from appliance.settings import SECRETS, Settings

PAGE = Path(__file__).parents[1] / "docs" / "settings.md"

HEAD = """# Settings

Settings come from the environment, or from an env file given with `--env-file` (the environment wins). An unknown
name in the file is refused, and so is one in the environment that begins like ours. Everything wrong is said at
once. Secrets can come from a file instead: `NAME_FILE=/path`, or a file `NAME` or `scene-sense.NAME` in systemd's
credentials folder. No secret has a default value: a missing one is made at the first start and kept in a file only
the owner can read.

| setting | default | meaning |
| --- | --- | --- |
"""

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
        shown = _DERIVED.get(name) or ("" if default in (None, (), PydanticUndefined) else f"`{default}`")
        secret = " Secret." if name.upper() in SECRETS else ""
        rows.append(f"| `{name.upper()}` | {shown} | {field.description}{secret} |")
    return HEAD + "\n".join(rows) + "\n"


def main() -> None:
    """Print or write the page."""
    if "--write" in sys.argv[1:]:
        PAGE.write_text(page(), encoding="utf-8")
    else:
        print(page(), end="")


if __name__ == "__main__":
    main()
