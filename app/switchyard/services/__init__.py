"""The use cases: asynchronous, free of Qt, and the owners of all live state."""
