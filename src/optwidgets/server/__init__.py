"""The server: sessions kept for a team, and the published APIs that speak to them.

`host.py` keeps the sessions and makes every write, `faces/` are thin translations of it.
"""
