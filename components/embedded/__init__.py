"""Milvus Lite as a process on this machine, for target `embedded`."""
