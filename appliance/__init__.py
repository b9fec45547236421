"""The core library of Scene-Sense and its command line: no HTTP server, no actors."""

__version__ = "0.6.0"
