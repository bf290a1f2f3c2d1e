"""How long creating, changing and deleting take, by what waits for what (durations.json)."""
