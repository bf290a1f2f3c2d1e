"""Answers questions about a folder of documents, with Milvus and any OpenAI-compatible model, or with none.

It is the system of Milvus' tutorial with Lepton AI, whose public service has ended, so that endpoint, key and models
are settings here. Conversations, users, and everything that is not text are left out.
"""


class RagError(Exception):
    """Something that the user can correct; the message says how."""


def foreseen(error: Exception) -> bool:
    """Whether an error's message is enough for the user: our own, the contract's, or one of Milvus or on the way to it.

    It goes by the module, because connect() must be the one that imports pymilvus, and without it there may be no gRPC.
    """
    modules = ("pymilvus.", "grpc.", "milvus_contract.", "examples.rag_openai.")
    return isinstance(error, RagError) or f"{type(error).__module__}.".startswith(modules)
