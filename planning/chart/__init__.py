"""What the Milvus Helm chart is given: its values, and the names that it makes."""
