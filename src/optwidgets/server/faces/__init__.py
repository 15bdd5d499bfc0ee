"""The APIs that the server speaks; each is a translation of the same operations."""
