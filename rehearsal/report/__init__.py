"""The report of a rehearsal: as data, in the terminal, and as one HTML page."""
