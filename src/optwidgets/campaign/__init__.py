"""What a session does, in parts with one reason to change each; `session.py` is their façade."""
