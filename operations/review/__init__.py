"""Reviews what a change would do to a deployed stack: reads previews, judges them, and writes one comment."""
