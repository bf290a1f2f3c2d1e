"""`make upgrade`: Milvus to another version, one role after the other."""
