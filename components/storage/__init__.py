"""The S3 bucket that holds Milvus' data."""
