"""Functions that turn settings and plan into the arguments of each component, so that `__main__.py` only composes."""
