"""The Milvus release in the cluster, how it stays available, and the probe that proves it works."""
