"""Choosing the next experiments for several objectives at once."""
