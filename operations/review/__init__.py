"""What a change would do to a deployed stack: read from previews, judged, written as one comment."""
