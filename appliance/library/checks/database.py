"""The database: whether it answers, what it lacks, and whose schema it has."""

from typing import Any

from appliance.db.condition import find_collation, find_folder, list_foreign_tables
from appliance.db.engine import Database
from appliance.db.migrate import SchemaState
from appliance.db.preflight import ask_database, facts_of, list_problems, numbers, place_of
from appliance.embedded.postgres import installed_programs
from appliance.embedded.urls import urls
from appliance.errors import SceneSenseError
from appliance.library.checks.common import (
    Subject,
    aside,
    failure,
    ok,
    refusal,
    refused,
    skipped,
    warning,
)
from appliance.library.checks.folders import nearest, room
from appliance.records.doctor import Finding

#: A connection that has not answered by then is given up, seconds; less than the limit of the whole check.
ANSWER_SECONDS = 3.5

#: From 0.8 on a scan of the index goes on until enough of what a filter leaves was found.
_ITERATIVE_SCAN = (0, 8)
#: Faults in building and cleaning the index were mended from here on.
_MENDED = "0.8.2"

#: What the first version's users saw where pgvector was missing.
_FIRST_VERSION = '(Without it PostgreSQL says: type "vector" does not exist.)'


async def find_url(subject: Subject) -> tuple[str | None, tuple[Finding, ...]]:
    """Where the database is, or why it can't be asked."""
    settings = subject.settings
    if settings.database_url is None:
        try:
            await aside(installed_programs)
        except SceneSenseError as error:
            return None, (refused("database", error, "Install it, or set DATABASE_URL."),)
    try:
        return (await aside(lambda: urls(settings)))[0], ()
    except SceneSenseError as error:
        if subject.before_start:
            return None, (skipped("database", "The embedded database is started by `scene-sense up`."),)
        return None, (refused("database", error, "Start it with `scene-sense up`."),)


async def look_at_server(url: str) -> tuple[Finding, ...]:
    """What the server is and lacks."""
    try:
        row = await ask_database(url, timeout_seconds=ANSWER_SECONDS)
    except SceneSenseError as error:
        return (refused("database", error, "Look at its log; with systemd: journalctl -u postgresql -e"),)
    problems = list_problems(row, url)
    found = [
        _problem(problem.part, problem.text)
        for problem in problems
        if problem.part in {"version", "encoding"}
    ]
    if not found:
        found.append(
            ok(
                "database",
                f"PostgreSQL {row['version']} answers at {place_of(url)}; the database {row['database']} is in UTF8.",
            )
        )
    found += [_problem(problem.part, problem.text) for problem in problems if problem.part == "rights"]
    vector = [problem for problem in problems if problem.part == "pgvector"]
    found.append(_problem("pgvector", vector[0].text) if vector else _pgvector(row))
    found += [_problem(problem.part, problem.text) for problem in problems if problem.part == "pg_trgm"]
    return tuple(found)


def _problem(part: str, text: str) -> Finding:
    if "`vector`" in text:
        text = text.replace("; ", f" {_FIRST_VERSION}; ", 1)
    return refusal(f"database.{part}", text, "Use another server, and set DATABASE_URL to it.")


def _pgvector(row: dict[str, Any]) -> Finding:
    version, offered = facts_of(row).vector, row["vector_offered"]
    update = f"as an administrator in {row['database']}: ALTER EXTENSION vector UPDATE;"
    if numbers(version) < _ITERATIVE_SCAN:
        lacks = f"pgvector {version} can't go on scanning its index: searches with filters may miss pictures."
        if numbers(offered) >= _ITERATIVE_SCAN:
            return warning("database.pgvector", f"{lacks} The server has {offered}.", f"A{update[1:]}")
        newer = "Install pgvector 0.8 or newer, of the PostgreSQL project's own packages"
        return warning("database.pgvector", lacks, f"{newer}; then, {update}")
    text = (
        f"pgvector {version}{'' if row['vector_installed'] else ' is there, and is added with the schema'}."
    )
    if _all_numbers(version) < _all_numbers(_MENDED):
        text += f" Faults in building and cleaning its index were mended in {_MENDED} and later."
    if _all_numbers(version) < _all_numbers(offered):
        text += f" The server has {offered}; {update}"
    return ok("database.pgvector", text)


def _all_numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".") if part.isdigit())


async def look_at_owners(database: Database) -> tuple[Finding, ...]:
    """A failure when there are tables that this user can't use; else nothing."""
    tables = await list_foreign_tables(database)
    if not tables:
        return ()
    text = f"Tables in the database belong to somebody else ({', '.join(tables)})."
    return (
        failure(
            "database.rights",
            text,
            "As an administrator, for each: ALTER TABLE … OWNER TO the user of DATABASE_URL;",
        ),
    )


async def look_inside(database: Database, state: SchemaState, *, before_start: bool) -> tuple[Finding, ...]:
    """How the schema stands to this release, whether text is still sorted as it was, and how much room there is."""
    return (
        _schema(state, before_start=before_start),
        await _collation(database),
        *await _space(database),
    )


def _schema(state: SchemaState, *, before_start: bool) -> Finding:
    name = "database.schema"
    if state.unknown:
        return failure(
            name,
            "The database was made by a newer release of Scene-Sense.",
            "Install that release, or restore an older backup.",
        )
    if not state.applied:
        return ok(name, "Nothing is in the database yet; the first start makes the schema.")
    if state.pending and before_start:
        return ok(name, f"{len(state.pending)} migration(s) will be applied by the start.")
    if state.pending:
        return failure(
            name,
            f"The database lacks {len(state.pending)} migration(s) of this release.",
            "scene-sense db upgrade",
        )
    return ok(name, f"The schema is this release's ({len(state.applied)} migrations).")


async def _collation(database: Database) -> Finding:
    found = await find_collation(database)
    if found.recorded == found.actual or found.recorded is None:
        return ok("database.collation", "Text is sorted by the rules that the database was made with.")
    return warning(
        "database.collation",
        f"Text is sorted by rules of version {found.actual} now, the indexes of {found.database} were made with "
        f"{found.recorded}: names may not be found, or be there twice.",
        f"As an administrator, with the services stopped: REINDEX DATABASE {found.database}; "
        f"ALTER DATABASE {found.database} REFRESH COLLATION VERSION;",
    )


async def _space(database: Database) -> list[Finding]:
    folder = await find_folder(database)
    if folder is None:
        return [
            skipped("database.space", "The server is another machine's, and has to be looked after there.")
        ]
    return await aside(lambda: room("database.space", nearest(folder)))
