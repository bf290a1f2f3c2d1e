"""One ComponentResource a file; `__main__.py` composes them."""
