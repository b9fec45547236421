"""The core library of Scene-Sense and its command line: no HTTP server, no actors."""

__version__ = "0.7.0"
