"""Answers questions about a folder of documents, with an OGX server (Llama Stack until April 2026) on a stack's Milvus.

It is the system of Milvus' tutorial with Llama Stack, in today's API; README.md shows both side by side. Agents,
conversations, users of the OGX server, and providers that the tutorial does not use are left out.
"""


class RagError(Exception):
    """Something that the user can correct; the message says how."""
