"""Answers questions about a folder of documents by an OGX server (Llama Stack until April 2026) on a stack's Milvus.

The system of Milvus' tutorial with Llama Stack, in today's API; README.md has both side by side.
Left out: agents, conversations, users of the OGX server, and every provider that the tutorial does not use.
"""


class RagError(Exception):
    """What the person who started it can put right; the message says how."""
