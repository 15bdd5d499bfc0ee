"""The schema of a server's database, one revision after the other (Alembic)."""
