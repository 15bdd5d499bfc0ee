"""The journal: what a session is. Everything else is a view of it."""
