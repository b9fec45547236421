"""The sets of vectors, one of each model: how full they are, which one answers, and how one goes.

One row says which set answers, and which did before. Work on a set is jobs like any other; a set that is filled in
the background has them at a lower priority.
"""

from datetime import timedelta

from appliance.db.engine import Database
from appliance.db.jobs import BACKGROUND, EMBED
from appliance.db.models import MODEL_COLUMNS, model_from_row
from appliance.errors import Conflict, NotFound
from appliance.records.models import Model, SetState, SetStatus

#: The rate of a set is taken over this many seconds.
_RATE_SECONDS = 120

#: Vectors deleted in one transaction.
_DELETED_AT_ONCE = 20_000


async def list_models(db: Database) -> tuple[Model, ...]:
    """All models that have a set, the active one first."""
    rows = await db.fetch(
        """
        SELECT {} FROM model m LEFT JOIN active_model a ON a.model = m.id
        ORDER BY (a.model IS NULL), m.id
        """,
        MODEL_COLUMNS,
    )
    return tuple(model_from_row(row) for row in rows)


async def find_models(db: Database, identity: str) -> tuple[Model, ...]:
    """The models whose files have this hash: itself, and ways of computing it that gave other vectors."""
    rows = await db.fetch(
        "SELECT {} FROM model m WHERE split_part(m.identity, '+', 1) = {} ORDER BY m.id",
        MODEL_COLUMNS,
        identity,
    )
    return tuple(model_from_row(row) for row in rows)


async def get_set(db: Database, name: str) -> Model:
    """The set of the model with this name; of several with one name the one that was made last.

    Raises:
        NotFound: there is none.
    """
    row = await db.fetch_one(
        "SELECT {} FROM model m WHERE m.name = {} ORDER BY m.id DESC LIMIT 1", MODEL_COLUMNS, name
    )
    if row is None:
        raise NotFound(f"The library has no set of {name}; `scene-sense model fill {name}` makes one.")
    return model_from_row(row)


async def begin_fill(db: Database, model_id: int) -> None:
    """The set is filled from now on, unless it is being dropped, or answers searches and so is kept up anyway."""
    async with db.transaction():
        await _hold_active(db)
        await db.fetch(
            """
            UPDATE model SET state = 'filling'
            WHERE id = {} AND state <> 'dropping' AND id NOT IN (SELECT model FROM active_model)
            """,
            model_id,
        )


async def end_fill(db: Database, model_id: int) -> bool:
    """Whether the set, which was being filled, is ready now; one that was paused meanwhile is not."""
    rows = await db.fetch(
        "UPDATE model SET state = 'ready' WHERE id = {} AND state = 'filling' RETURNING id", model_id
    )
    return bool(rows)


async def pause(db: Database, model: Model) -> None:
    """The set gets nothing more.

    Raises:
        Conflict: it answers searches, or is on its way out.
    """
    async with db.transaction():
        if await _hold_active(db) == model.id:
            raise Conflict(
                f"{model.name} answers searches and has to be kept up; switch to another model first."
            )
        rows = await db.fetch(
            "UPDATE model SET state = 'paused' WHERE id = {} AND state <> 'dropping' RETURNING id", model.id
        )
        if not rows:
            raise Conflict(f"The set of {model.name} is being dropped.")


async def _hold_active(db: Database) -> int | None:
    """The active model's id, which nobody changes until this transaction ends."""
    row = await db.fetch_one("SELECT model FROM active_model WHERE id = 1 FOR UPDATE")
    return None if row is None else int(row["model"])


async def get_status(db: Database) -> tuple[SetStatus, ...]:
    """How full each set is, the active one first."""
    rows = await db.fetch(
        """
        WITH work AS (
            SELECT j.model, count(*) FILTER (WHERE j.state IN ('pending', 'running')) AS waiting,
                count(*) FILTER (WHERE j.state = 'failed') AS failed,
                count(*) FILTER (WHERE j.state = 'done' AND j.changed_at > now() - make_interval(secs => {}))
                    AS recent,
                extract(epoch FROM now() - min(j.changed_at) FILTER (
                    WHERE j.state = 'done' AND j.changed_at > now() - make_interval(secs => {}))) AS span
            FROM job j WHERE j.kind = {} GROUP BY j.model
        )
        SELECT {}, a.model IS NOT NULL AS active, p.previous IS NOT NULL AS previous,
            (SELECT count(*) FROM asset WHERE state <> 'purging') AS assets,
            (SELECT count(*) FROM embedding e WHERE e.model = m.id AND e.moment_ms = 0) AS vectors,
            coalesce(w.waiting, 0) AS waiting, coalesce(w.failed, 0) AS failed,
            coalesce(w.recent, 0) AS recent, coalesce(w.span, 0)::float AS span,
            to_regclass('embedding_vector_' || m.id) IS NOT NULL AS indexed
        FROM model m
        LEFT JOIN active_model a ON a.model = m.id
        LEFT JOIN active_model p ON p.previous = m.id
        LEFT JOIN work w ON w.model = m.id
        ORDER BY (a.model IS NULL), m.id
        """,
        float(_RATE_SECONDS), float(_RATE_SECONDS), EMBED, MODEL_COLUMNS,
    )  # fmt: skip
    return tuple(
        SetStatus(
            model=model_from_row(row),
            active=row["active"],
            previous=row["previous"],
            assets=row["assets"],
            vectors=row["vectors"],
            waiting=row["waiting"],
            failed=row["failed"],
            per_second=row["recent"] / max(1.0, row["span"]),
            indexed=row["indexed"],
        )
        for row in rows
    )


async def count_lacking(db: Database, *, new: Model) -> int:
    """How many assets can be found now and could not if this set answered, as it has no vector of them."""
    row = await db.fetch_one(
        """
        SELECT count(*) AS n FROM embedding e JOIN active_model a ON a.model = e.model
        WHERE e.moment_ms = 0
          AND NOT EXISTS (SELECT FROM embedding x WHERE x.model = {} AND x.asset = e.asset AND x.moment_ms = 0)
        """,
        new.id,
    )
    return int(row["n"]) if row else 0


async def is_filled(db: Database, model_id: int) -> bool:
    """Whether every asset has had its turn with this model."""
    row = await db.fetch_one(
        """
        SELECT NOT EXISTS (
            SELECT FROM asset a LEFT JOIN job j ON j.asset = a.id AND j.kind = {} AND j.model = {}
            WHERE a.state <> 'purging' AND (j.id IS NULL OR j.state IN ('pending', 'running'))
        ) AS filled
        """,
        EMBED,
        model_id,
    )
    return bool(row and row["filled"])


async def activate(db: Database, model: Model) -> None:
    """This set answers from now on, and the one that did is remembered; its work goes first.

    Raises:
        Conflict: it is on its way out, or gone.
    """
    async with db.transaction():
        active = await db.fetch_one("SELECT model FROM active_model WHERE id = 1 FOR UPDATE")
        row = await db.fetch_one("SELECT state FROM model WHERE id = {} FOR UPDATE", model.id)
        if row is None or row["state"] == SetState.DROPPING:
            raise Conflict(f"The set of {model.name} is being dropped.")
        if active is None or active["model"] == model.id:
            return
        await db.fetch(
            "UPDATE active_model SET previous = model, model = {}, switched_at = now() WHERE id = 1", model.id
        )
        await db.fetch("UPDATE model SET state = 'ready' WHERE id = {} AND state = 'paused'", model.id)
        await db.fetch(
            """
            UPDATE job SET priority = CASE WHEN model = {} THEN 0 ELSE {}::smallint END
            WHERE id IN (SELECT id FROM job WHERE state = 'pending' AND kind = {} FOR UPDATE SKIP LOCKED)
            """,
            model.id,
            BACKGROUND,
            EMBED,
        )


async def previous_model(db: Database) -> Model | None:
    """The model that answered before the active one; None when there was none, or its set is gone."""
    row = await db.fetch_one(
        "SELECT {} FROM active_model a JOIN model m ON m.id = a.previous WHERE m.state <> 'dropping'",
        MODEL_COLUMNS,
    )
    return model_from_row(row) if row else None


async def switched_before(db: Database, ago: timedelta) -> bool:
    """Whether the active set has answered for at least so long."""
    row = await db.fetch_one(
        "SELECT switched_at < now() - {}::interval AS before FROM active_model WHERE id = 1", ago
    )
    return bool(row and row["before"])


async def begin_drop(db: Database, model: Model, *, settle_seconds: float) -> None:
    """Mark the set as going: nobody fills it or switches to it any more.

    Raises:
        Conflict: it answers searches, or did until less than ``settle_seconds`` ago.
    """
    async with db.transaction():
        row = await db.fetch_one(
            """
            SELECT model, previous,
                extract(epoch FROM switched_at + make_interval(secs => {}) - now())::float AS wait
            FROM active_model WHERE id = 1 FOR UPDATE
            """,
            settle_seconds,
        )
        if row is not None and row["model"] == model.id:
            raise Conflict(f"{model.name} answers searches; switch to another model first.")
        if row is not None and row["previous"] == model.id and row["wait"] > 0:
            raise Conflict(
                f"{model.name} answered searches a moment ago, and may still do so in a server that has not seen"
                f" the switch; try again in {row['wait']:.0f} s."
            )
        await db.fetch("UPDATE model SET state = 'dropping' WHERE id = {}", model.id)
        # A worker that is at one of them finds its claim gone, and writes nothing.
        await db.fetch("DELETE FROM job WHERE model = {}", model.id)


async def delete_some(db: Database, model: Model) -> int:
    """Delete a part of the vectors of a set that is on its way out; how many."""
    rows = await db.fetch(
        """
        DELETE FROM embedding WHERE id IN (
            SELECT e.id FROM embedding e JOIN model m ON m.id = e.model AND m.state = 'dropping'
            WHERE e.model = {} LIMIT {}
        ) RETURNING id
        """,
        model.id,
        _DELETED_AT_ONCE,
    )
    return len(rows)


async def delete_model(db: Database, model: Model) -> bool:
    """Delete the row of a model that is on its way out and has no vectors left; whether it is gone."""
    rows = await db.fetch(
        """
        DELETE FROM model m WHERE m.id = {} AND m.state = 'dropping'
          AND NOT EXISTS (SELECT FROM embedding e WHERE e.model = m.id) RETURNING m.id
        """,
        model.id,
    )
    return bool(rows)
