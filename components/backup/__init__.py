"""Backup: a bucket that no other component writes to, the roles that reach it, and what fills and watches it."""
