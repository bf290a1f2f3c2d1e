"""The Milvus release in the cluster, its availability during disruptions, and the probe that proves it works."""
