"""The ASGI surface: HTTP in, library verbs called, JSON and bytes out."""
