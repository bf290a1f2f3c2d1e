"""What a person runs against a deployed stack: `python -m operations --help`."""
