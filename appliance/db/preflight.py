"""Says in one line what is wrong with a PostgreSQL or a Redis before anything is asked of it, and what to do."""

import re
import ssl
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import unquote, urlsplit

import asyncpg
import redis.asyncio
from redis.exceptions import AuthenticationError, RedisError, ResponseError

from appliance.db.engine import connect_arguments
from appliance.errors import DatabaseUnavailable, QueueUnavailable, SettingsError

#: PostgreSQL 15 has UNIQUE NULLS NOT DISTINCT; pgvector 0.7 has halfvec.
LEAST_POSTGRES = 15
LEAST_VECTOR = (0, 7)
#: The oldest whose scripting the queue was run on.
LEAST_REDIS = (6, 2)

_TIMEOUT_SECONDS = 10

_FACTS = """
SELECT current_setting('server_version_num')::int / 10000 AS major,
       current_setting('server_version') AS version,
       current_setting('server_encoding') AS encoding,
       current_database() AS database,
       has_schema_privilege('public', 'CREATE') AS may_create,
       EXISTS (SELECT FROM pg_available_extensions WHERE name = 'pg_trgm') AS letters_offered,
       EXISTS (SELECT FROM pg_extension WHERE extname = 'pg_trgm')
           OR has_database_privilege(current_database(), 'CREATE') AS letters_usable,
       extension.installed_version AS vector_installed,
       extension.default_version AS vector_offered,
       (SELECT rolsuper FROM pg_roles WHERE rolname = current_user)
           OR (has_database_privilege(current_database(), 'CREATE') AND EXISTS (
               SELECT FROM pg_available_extension_versions AS offered
               WHERE offered.name = 'vector' AND offered.version = extension.default_version
                   AND (offered.trusted OR NOT offered.superuser))) AS may_extend
FROM (SELECT) AS one LEFT JOIN pg_available_extensions AS extension ON extension.name = 'vector'
"""


@dataclass(frozen=True, slots=True)
class DatabaseFacts:
    """What answers at a database URL: its version, and pgvector's, installed or about to be."""

    postgres: str
    vector: str


@dataclass(frozen=True, slots=True)
class Problem:
    """What keeps a database from being used, and its remedy, in one line."""

    part: Literal["version", "encoding", "rights", "pgvector", "pg_trgm"]
    text: str


async def check_database(url: str) -> DatabaseFacts:
    """The versions at ``url``, when everything that is needed is there.

    Raises:
        DatabaseUnavailable: nobody answers.
        SettingsError: somebody does, and the message says what has to be changed.
    """
    row = await ask_database(url)
    for problem in list_problems(row, url):
        raise SettingsError(problem.text)
    return facts_of(row)


def facts_of(row: dict[str, Any]) -> DatabaseFacts:
    """The versions in an answer of ``ask_database`` that has no problems."""
    return DatabaseFacts(row["version"], row["vector_installed"] or row["vector_offered"])


def list_problems(row: dict[str, Any], url: str) -> list[Problem]:
    """Everything that is wrong with a database, by its answer to ``ask_database``; the worst first."""
    place, problems = place_of(url), []
    if row["major"] < LEAST_POSTGRES:
        text = (
            f"PostgreSQL {row['version']} at {place} is too old; version {LEAST_POSTGRES} or newer is needed."
        )
        problems.append(Problem("version", text))
    if row["encoding"] != "UTF8":
        text = f"The database {row['database']} is in {row['encoding']}; make it anew with ENCODING 'UTF8'."
        problems.append(Problem("encoding", text))
    if not row["may_create"]:
        text = (
            "The user of DATABASE_URL may not make tables; as an administrator: "
            f"ALTER DATABASE {row['database']} OWNER TO {_user(url)};"
        )
        problems.append(Problem("rights", text))
    vector = _vector_problem(row, place)
    if vector is not None:
        problems.append(Problem("pgvector", vector))
    letters = _letters_problem(row, place)
    if letters is not None:
        problems.append(Problem("pg_trgm", letters))
    return problems


async def ask_database(url: str, *, timeout_seconds: float = _TIMEOUT_SECONDS) -> dict[str, Any]:
    """What the database at ``url`` says of itself.

    Raises:
        DatabaseUnavailable: nobody answers.
        SettingsError: somebody does, and refuses; or the URL can't be used.
    """
    place = place_of(url)
    try:
        connection: Any = await asyncpg.connect(**connect_arguments(url), timeout=timeout_seconds)
    except (asyncpg.InvalidPasswordError, asyncpg.InvalidAuthorizationSpecificationError) as error:
        raise SettingsError(
            f"PostgreSQL at {place} refuses the user {_user(url)}: {error}; correct DATABASE_URL."
        ) from error
    except asyncpg.InvalidCatalogNameError as error:
        name = unquote(urlsplit(url).path.lstrip("/"))
        raise SettingsError(
            f"PostgreSQL at {place} has no database {name or _user(url)}; "
            f"make it with `createdb --owner {_user(url)} {name or _user(url)}`, or correct DATABASE_URL."
        ) from error
    except (asyncpg.CannotConnectNowError, asyncpg.TooManyConnectionsError) as error:
        raise DatabaseUnavailable(f"PostgreSQL at {place} takes no connection now: {error}.") from error
    except (OSError, TimeoutError, ssl.SSLError, asyncpg.PostgresConnectionError) as error:
        raise DatabaseUnavailable(
            f"No PostgreSQL answers at {place} ({_reason(error)}); start it, correct DATABASE_URL, "
            "or unset it to use the embedded one."
        ) from error
    except (asyncpg.PostgresError, asyncpg.InterfaceError, ValueError) as error:
        raise SettingsError(f"DATABASE_URL can't be used: {error}") from error
    try:
        return dict(await connection.fetchrow(_FACTS))
    finally:
        await connection.close()


def _vector_problem(row: dict[str, Any], place: str) -> str | None:
    installed, offered = row["vector_installed"], row["vector_offered"]
    if offered is None:
        return (
            f"PostgreSQL at {place} does not have the extension `vector`; install pgvector for it "
            f"(Debian: apt install postgresql-{row['major']}-pgvector)."
        )
    least = ".".join(map(str, LEAST_VECTOR))
    if numbers(offered) < LEAST_VECTOR:
        return (
            f"pgvector {offered} at {place} is too old; {least} or newer is needed "
            f"(Debian: postgresql-{row['major']}-pgvector of the PostgreSQL project's own packages)."
        )
    if installed is not None and numbers(installed) < LEAST_VECTOR:
        return (
            f"The database {row['database']} still has pgvector {installed}; as an administrator: "
            "ALTER EXTENSION vector UPDATE;"
        )
    if installed is None and not row["may_extend"]:
        return (
            f"The extension `vector` is not in the database {row['database']}; as an administrator, there: "
            "CREATE EXTENSION vector;"
        )
    return None


def _letters_problem(row: dict[str, Any], place: str) -> str | None:
    """What is wrong with the extension that finds letters within names; it comes with PostgreSQL, and is trusted."""
    if not row["letters_offered"]:
        return (
            f"PostgreSQL at {place} does not have the extension `pg_trgm`; install its contributed modules "
            f"(Fedora: dnf install postgresql-contrib; Debian has them in postgresql-{row['major']})."
        )
    if not row["letters_usable"]:
        return (
            f"The extension `pg_trgm` is not in the database {row['database']}; as an administrator, there: "
            "CREATE EXTENSION pg_trgm;"
        )
    return None


@dataclass(frozen=True, slots=True)
class RedisFacts:
    """What answers at a Redis URL."""

    #: ``Redis`` or ``Valkey``.
    product: str
    version: str
    #: What is dropped when memory is short; ``noeviction``: nothing.
    eviction: str
    #: Zero: no limit of its own.
    limit_bytes: int
    used_bytes: int


async def check_redis(url: str) -> list[str]:
    """Warnings about the Redis or Valkey at ``url``, one line each, when it can be used.

    Raises:
        QueueUnavailable: nobody answers.
        SettingsError: somebody does, and the message says what has to be changed.
    """
    facts = await ask_redis(url)
    if facts.eviction == "noeviction":
        return []
    return [
        f"Redis at {place_of(url)} may drop messages under memory pressure (maxmemory-policy {facts.eviction}); "
        "set maxmemory-policy noeviction."
    ]


async def ask_redis(url: str, *, timeout_seconds: float = _TIMEOUT_SECONDS) -> RedisFacts:
    """What the Redis or Valkey at ``url`` says of itself, when it is new enough.

    Raises:
        QueueUnavailable: nobody answers.
        SettingsError: somebody does, and the message says what has to be changed.
    """
    place = place_of(url)
    try:
        async with redis.asyncio.Redis.from_url(
            url, socket_connect_timeout=timeout_seconds, socket_timeout=timeout_seconds
        ) as client:
            facts: dict[str, Any] = await client.info()
    except ValueError as error:
        raise SettingsError(f"REDIS_URL can't be used: {_reason(error)}.") from error
    except (RedisError, OSError) as error:
        refusal = _refusal(error)
        if refusal is not None:
            raise SettingsError(f"Redis at {place} refuses: {refusal}; correct REDIS_URL.") from error
        raise QueueUnavailable(
            f"No Redis or Valkey answers at {place} ({_reason(error)}); start it, correct REDIS_URL, "
            "or unset it to use the embedded one."
        ) from error
    version = str(facts.get("redis_version", "0"))
    if numbers(version) < LEAST_REDIS:
        raise SettingsError(
            f"Redis {version} at {place} is too old; {'.'.join(map(str, LEAST_REDIS))} or newer is needed, "
            "or any Valkey."
        )
    is_valkey = facts.get("server_name") == "valkey"
    return RedisFacts(
        product="Valkey" if is_valkey else "Redis",
        version=str(facts.get("valkey_version", version)) if is_valkey else version,
        eviction=str(facts.get("maxmemory_policy", "noeviction")),
        limit_bytes=int(facts.get("maxmemory", 0)),
        used_bytes=int(facts.get("used_memory", 0)),
    )


def _refusal(error: BaseException | None) -> str | None:
    """What the server itself said; the client wraps that in a connection error when it greets."""
    while error is not None:
        if isinstance(error, AuthenticationError) or "HELLO must be called" in str(error):
            return "it wants a password, and the one in the URL is missing or wrong"
        if isinstance(error, ResponseError):
            return _reason(error)
        error = error.__cause__
    return None


def numbers(version: str) -> tuple[int, ...]:
    """The first two numbers of a version, to compare it by."""
    return tuple(int(part) for part in re.findall(r"\d+", version)[:2])


def place_of(url: str) -> str:
    """Where a URL points, without its password."""
    parts = urlsplit(url)
    socket = re.search(r"[?&]host=([^&]+)", url)
    if parts.scheme == "unix":
        return unquote(parts.path)
    if socket and not parts.hostname:
        return unquote(socket[1])
    # As it was written: PostgreSQL takes several hosts there, and a port may be no number.
    return parts.netloc.rpartition("@")[2] or "localhost"


def _user(url: str) -> str:
    return unquote(urlsplit(url).username or "of this process")


def _reason(error: BaseException) -> str:
    if isinstance(error, TimeoutError):
        return "no answer in time"
    text = str(error).strip() or type(error).__name__
    return text.splitlines()[0].rstrip(".")
