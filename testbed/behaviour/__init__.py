"""What Milvus answers to 140 operations: on the local server, on 2.3.5, and by the documentation of 2.6."""
