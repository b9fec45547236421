"""What ``scene-sense doctor`` looks at, one area per file; each has ``look``, which gives its findings."""
