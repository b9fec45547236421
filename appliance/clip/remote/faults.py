"""What can be wrong with an encoder server's answer, by what follows from it.

ServerFault         the server can't be used now; it rests for a while and is examined before it is used again
├── ServerAway      nobody answers, or too late
│   └── ServerLate  there was no answer within the time that it was given
├── ServerFailed    it answers with an error of its own, of which the text or picture may be the cause
└── ServerUntrue    it answers, with something that no server of this model would
ServerBusy          it has too much to do just now; nothing is wrong with it
RequestRefused      it is fine, and refuses this very text or picture
"""


class ServerFault(Exception):
    """The server can't be used now."""

    #: How long it rests after the first of these in a row, seconds; doubled each time.
    rest_seconds = 1.0


class ServerAway(ServerFault):
    """Nobody answers, or too late."""


class ServerLate(ServerAway):
    """No answer within the time that the server was given."""


class ServerFailed(ServerFault):
    """An error of the server's own, perhaps caused by what it was given."""


class ServerUntrue(ServerFault):
    """The answer is not one of this model, or no answer at all."""

    rest_seconds = 15.0


class ServerBusy(Exception):
    """The server takes no more requests for the moment."""

    def __init__(self, message: str, *, retry_after_seconds: float) -> None:
        super().__init__(message)
        self.retry_after_seconds = retry_after_seconds


class RequestRefused(Exception):
    """The server is fine and refuses what it was given."""
