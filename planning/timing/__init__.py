"""Computes how long creating, changing and deleting take, from what waits for what and from durations.json."""
