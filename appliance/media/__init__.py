"""Bytes on disk and the pictures in them: the volume, the cache, and the decoder of untrusted files."""
