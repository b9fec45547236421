"""Says in one line what is wrong with a PostgreSQL or a Redis before anything is asked of it, and what to do."""

import re
import ssl
from dataclasses import dataclass
from typing import Any
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


async def check_database(url: str) -> DatabaseFacts:
    """The versions at ``url``, when everything that is needed is there.

    Raises:
        DatabaseUnavailable: nobody answers.
        SettingsError: somebody does, and the message says what has to be changed.
    """
    row = await _ask(url)
    place = _place(url)
    if row["major"] < LEAST_POSTGRES:
        raise SettingsError(
            f"PostgreSQL {row['version']} at {place} is too old; version {LEAST_POSTGRES} or newer is needed."
        )
    if row["encoding"] != "UTF8":
        raise SettingsError(
            f"The database {row['database']} is in {row['encoding']}; make it anew with ENCODING 'UTF8'."
        )
    if not row["may_create"]:
        raise SettingsError(
            f"The user of DATABASE_URL may not make tables; as an administrator: "
            f"ALTER DATABASE {row['database']} OWNER TO {_user(url)};"
        )
    _check_vector(row, place)
    return DatabaseFacts(row["version"], row["vector_installed"] or row["vector_offered"])


async def _ask(url: str) -> dict[str, Any]:
    place = _place(url)
    try:
        connection: Any = await asyncpg.connect(**connect_arguments(url), timeout=_TIMEOUT_SECONDS)
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


def _check_vector(row: dict[str, Any], place: str) -> None:
    installed, offered = row["vector_installed"], row["vector_offered"]
    if offered is None:
        raise SettingsError(
            f"PostgreSQL at {place} does not have the extension `vector`; install pgvector for it "
            f"(Debian: apt install postgresql-{row['major']}-pgvector)."
        )
    least = ".".join(map(str, LEAST_VECTOR))
    if _numbers(offered) < LEAST_VECTOR:
        raise SettingsError(
            f"pgvector {offered} at {place} is too old; {least} or newer is needed "
            f"(Debian: postgresql-{row['major']}-pgvector of the PostgreSQL project's own packages)."
        )
    if installed is not None and _numbers(installed) < LEAST_VECTOR:
        raise SettingsError(
            f"The database {row['database']} still has pgvector {installed}; as an administrator: "
            "ALTER EXTENSION vector UPDATE;"
        )
    if installed is None and not row["may_extend"]:
        raise SettingsError(
            f"The extension `vector` is not in the database {row['database']}; as an administrator, there: "
            "CREATE EXTENSION vector;"
        )


async def check_redis(url: str) -> list[str]:
    """Warnings about the Redis or Valkey at ``url``, one line each, when it can be used.

    Raises:
        QueueUnavailable: nobody answers.
        SettingsError: somebody does, and the message says what has to be changed.
    """
    place = _place(url)
    try:
        async with redis.asyncio.Redis.from_url(
            url, socket_connect_timeout=_TIMEOUT_SECONDS, socket_timeout=_TIMEOUT_SECONDS
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
    if _numbers(version) < LEAST_REDIS:
        raise SettingsError(
            f"Redis {version} at {place} is too old; {'.'.join(map(str, LEAST_REDIS))} or newer is needed, "
            "or any Valkey."
        )
    policy = facts.get("maxmemory_policy", "noeviction")
    if policy == "noeviction":
        return []
    return [
        f"Redis at {place} may drop messages under memory pressure (maxmemory-policy {policy}); "
        "set maxmemory-policy noeviction."
    ]


def _refusal(error: BaseException | None) -> str | None:
    """What the server itself said; the client wraps that in a connection error when it greets."""
    while error is not None:
        if isinstance(error, AuthenticationError) or "HELLO must be called" in str(error):
            return "it wants a password, and the one in the URL is missing or wrong"
        if isinstance(error, ResponseError):
            return _reason(error)
        error = error.__cause__
    return None


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", version)[:2])


def _place(url: str) -> str:
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
        return f"no answer in {_TIMEOUT_SECONDS} s"
    text = str(error).strip() or type(error).__name__
    return text.splitlines()[0].rstrip(".")
