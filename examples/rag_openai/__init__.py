"""Answers questions about a folder of documents, with Milvus and any OpenAI-compatible model, or with none.

It is the system of Milvus' tutorial with Lepton AI, whose public service has ended, so that endpoint, key and models
are settings here. Conversations, users, and everything that is not text are left out.
"""


class RagError(Exception):
    """Something that the user can correct; the message says how."""
