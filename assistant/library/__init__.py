"""The framework library: documents, passages, search, citations, and an organisation's own knowledge."""
