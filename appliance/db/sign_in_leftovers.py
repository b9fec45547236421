"""What signing in through an identity provider leaves behind once its time is over."""

from appliance.db.engine import Database


async def forget_ended(db: Database) -> int:
    """How many rows went: sign-ins that were begun and not finished, and tokens that are too old to be used again."""
    # For an hour it can still be told that somebody came too late.
    flows = await db.fetch(
        "DELETE FROM sign_in_flow WHERE expires_at < now() - interval '1 hour' RETURNING expires_at"
    )
    tokens = await db.fetch("DELETE FROM spent_token WHERE expires_at <= now() RETURNING expires_at")
    return len(flows) + len(tokens)
