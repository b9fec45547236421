"""The open application, for tests that ask it over ASGI."""

from collections.abc import AsyncIterator

import pytest

from tests.conftest import MakeSettings
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
