"""Answers questions about a folder of documents, with Milvus and any OpenAI-compatible model, or with none.

The system of Milvus' tutorial with Lepton AI, whose public service is gone: endpoint, key and models are settings here.
Left out: conversations, users, and everything that is not text.
"""


class RagError(Exception):
    """What the person who started it can put right; the message says how."""
