"""The use cases: one verb per module, plain async functions with explicit collaborators."""
