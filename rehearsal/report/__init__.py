"""What a rehearsal found out: as data, in the terminal, and as one HTML page."""
