"""Mistakes that a tired colleague makes in the program's own code, and which checks notice them (docs/testing.md)."""
