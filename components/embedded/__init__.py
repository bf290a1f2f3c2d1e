"""Milvus Lite as a process on the deploying machine, for target `embedded`."""
