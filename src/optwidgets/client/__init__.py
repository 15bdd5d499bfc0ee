"""The notebook's side of a session that lives on a server."""
