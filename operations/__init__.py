"""Commands for people who run a stack: `.venv/bin/python -m operations --help` lists them."""
