"""The suite: unit (no services), integration (PostgreSQL, Valkey), acceptance (real processes), migration, ui."""
