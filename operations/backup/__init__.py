"""Backs up what a Milvus holds, restores and copies it, and proves each of these by a manifest of the content."""
