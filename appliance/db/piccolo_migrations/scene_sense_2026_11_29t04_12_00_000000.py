"""Names, descriptions and cameras are found by their words and letters.

asset_words         by the words of its file's name, its description, camera and lens
asset_name_letters  by letters anywhere in its file's name
tag_letters         tags by letters anywhere in their name
folder_letters      folders by letters anywhere in their own name

``folded`` takes letters apart, drops their marks, and writes them small, so that accents and capitals don't matter.
Both functions are said to be dear, so that the planner never computes them for each row of a big table.
"""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine.finder import engine_finder

ID = "2026-11-29T04:12:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "indexes of names and words"

STATEMENTS = """
DO $migration$ BEGIN
CREATE EXTENSION IF NOT EXISTS pg_trgm;
CREATE FUNCTION folded(said text) RETURNS text LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE COST 200 AS $$
BEGIN
    RETURN lower(regexp_replace(normalize(said, NFKD), U&'[\\0300-\\036F]', '', 'g'));
END
$$;
CREATE FUNCTION words_of(filename text, description text, camera text, lens text) RETURNS tsvector
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE COST 2000 AS $$
BEGIN
    RETURN to_tsvector('simple'::regconfig, regexp_replace(lower(regexp_replace(normalize(
        left(filename || ' ' || coalesce(description, '') || ' ' || coalesce(camera, '') || ' ' || coalesce(lens, ''),
             20000), NFKD), U&'[\\0300-\\036F]', '', 'g')),
        '[\\x01-\\x2f\\x3a-\\x40\\x5b-\\x60\\x7b-\\x7f]+', ' ', 'g'));
END
$$;
CREATE INDEX asset_words ON asset USING gin (words_of(filename, description, camera, lens));
CREATE INDEX asset_name_letters ON asset USING gin (folded(filename) gin_trgm_ops);
CREATE INDEX tag_letters ON tag USING gin (folded(name) gin_trgm_ops);
CREATE INDEX folder_letters ON folder USING gin (folded(name) gin_trgm_ops);
END $migration$
"""
REVERSE = """
DO $migration$ BEGIN
DROP INDEX asset_words, asset_name_letters, tag_letters, folder_letters;
DROP FUNCTION words_of(text, text, text, text);
DROP FUNCTION folded(text);
END $migration$
"""


async def make() -> None:
    # Found anew each time: a table would remember the first database of this process.
    await engine_finder().run_ddl(STATEMENTS)


async def drop() -> None:
    await engine_finder().run_ddl(REVERSE)


async def forwards():
    manager = MigrationManager(migration_id=ID, app_name="scene_sense", description=DESCRIPTION)
    manager.add_raw(make)
    manager.add_raw_backwards(drop)
    return manager
