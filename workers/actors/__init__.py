"""The actors, one file each; a new one gets a line here and a name in ``appliance.jobs``."""

from dramatiq import Broker

from workers.actors import edit, embed, group
from workers.resources import Resources


def declare_actors(broker: Broker, resources: Resources) -> None:
    """Make every actor known to this broker."""
    embed.declare(broker, resources)
    edit.declare(broker, resources)
    group.declare(broker, resources)
