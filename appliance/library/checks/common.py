"""What every check works with, and how findings are written."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from appliance.db.engine import Database
from appliance.db.migrate import SchemaState
from appliance.errors import SceneSenseError
from appliance.records.doctor import Finding, Level
from appliance.settings import Settings

Value = TypeVar("Value")

#: The user as whom the services run, and for whom the playbook makes folders.
SERVICE_USER = "scene-sense"


@dataclass(frozen=True, slots=True)
class Subject:
    """What is examined."""

    settings: Settings
    #: Only what has to be right before the services run.
    before_start: bool
    #: Open for reading only; None while nothing can be asked of it.
    database: Database | None = None
    #: None as well when there is no database to ask.
    schema: SchemaState | None = None

    @property
    def tables(self) -> Database | None:
        """The database, when it has tables that this release understands."""
        known = self.schema is not None and bool(self.schema.applied) and not self.schema.unknown
        return self.database if known else None

    @property
    def is_new(self) -> bool:
        """Whether the database answers and nothing was ever kept in it."""
        return self.schema is not None and not self.schema.applied


def ok(name: str, text: str) -> Finding:
    """A finding that all is well."""
    return Finding(name, Level.OK, text)


def warning(name: str, text: str, remedy: str) -> Finding:
    """A finding that something should be changed."""
    return Finding(name, Level.WARNING, text, remedy)


def failure(name: str, text: str, remedy: str) -> Finding:
    """A finding that something does not work."""
    return Finding(name, Level.FAILURE, text, remedy)


def skipped(name: str, text: str) -> Finding:
    """A finding that something was not looked at, and why."""
    return Finding(name, Level.SKIPPED, text)


def refusal(name: str, message: str, remedy: str) -> Finding:
    """A failure by a message of the form "what is wrong; what to do"; ``remedy`` where it says only the former."""
    text, separator, advice = message.rpartition("; ")
    if not separator:
        return failure(name, message, remedy)
    return failure(name, f"{text}.", f"{advice[:1].upper()}{advice[1:]}")


def refused(name: str, error: SceneSenseError, remedy: str) -> Finding:
    """The same by an error."""
    return refusal(name, " ".join(error.message.splitlines()), remedy)


async def aside(work: Callable[[], Value]) -> Value:
    """The result of something that blocks."""
    return await asyncio.to_thread(work)
