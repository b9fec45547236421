"""The Dramatiq surface: a worker process and its actors, which only call the library."""
