"""The actors that workers run, and the names by which everybody else wakes them."""

from appliance.jobs import Actor
from tests.conftest import MakeSettings
from workers.broker import make_broker
from workers.resources import Resources


def test_every_name_has_an_actor_and_every_actor_a_name(make_settings: MakeSettings) -> None:
    # Nothing is connected before a message is sent or awaited
    broker = make_broker("redis://127.0.0.1:1", Resources(make_settings()))

    assert broker.get_declared_actors() == {str(name) for name in Actor}
    assert {actor.queue_name for actor in broker.actors.values()} == {str(name) for name in Actor}
