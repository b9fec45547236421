"""The only place that knows Piccolo, asyncpg and SQL."""
