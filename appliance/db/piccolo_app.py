"""Names the tables and where their migrations lie."""

from pathlib import Path

from piccolo.conf.apps import AppConfig

from appliance.db.tables import TABLES

APP_CONFIG = AppConfig(
    app_name="scene_sense",
    migrations_folder_path=str(Path(__file__).parent / "piccolo_migrations"),
    table_classes=list(TABLES),
    migration_dependencies=[],
    commands=[],
)
