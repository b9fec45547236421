"""What Piccolo's own commands look for: the engine and the app. Imported only through ``appliance.db.migrate``."""

from piccolo.conf.apps import AppRegistry

from appliance.db.engine import VectorEngine

#: Bound by ``appliance.db.migrate`` before Piccolo looks.
DB: VectorEngine | None = None

APP_REGISTRY = AppRegistry(apps=["appliance.db.piccolo_app"])
