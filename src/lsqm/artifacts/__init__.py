"""The artifact repository's format: paths, versioned documents, store."""
