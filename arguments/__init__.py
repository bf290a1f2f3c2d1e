"""Settings and plan become the arguments of each component, so that `__main__.py` only composes."""
