"""The values that the Milvus Helm chart gets, and the names that it gives to its objects."""
