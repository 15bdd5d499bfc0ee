"""Attaching to a server of ALchemist 0.4.0: its REST API under our journal."""
