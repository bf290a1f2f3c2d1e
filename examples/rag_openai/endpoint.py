"""Clients for OpenAI-compatible endpoints, which retry, and errors that say what to do."""

from collections.abc import Generator
from contextlib import contextmanager
from typing import Literal

import openai

from examples.rag_openai import RagError
from examples.rag_openai.settings import Settings, variable

Kind = Literal["embedding", "chat"]


class EndpointError(RagError):
    """A model's endpoint failed; the message says what to do."""


def client(settings: Settings, kind: Kind) -> openai.OpenAI:
    """A client that repeats temporary failures (408, 409, 429, 5xx, no connection), and waits longer each time."""
    key = settings.embedding_api_key if kind == "embedding" else settings.chat_api_key
    return openai.OpenAI(
        base_url=base_url(settings, kind),
        api_key=key.get_secret_value() if key else "none",  # without a key it would send OPENAI_API_KEY to this address
        max_retries=settings.retries,
        timeout=settings.timeout_seconds,
    )


def base_url(settings: Settings, kind: Kind) -> str:
    return str(settings.embedding_base_url if kind == "embedding" else settings.chat_base_url)


@contextmanager
def explained(settings: Settings, kind: Kind) -> Generator[None]:
    """Turns the library's errors into EndpointError."""
    who = f"the {kind} endpoint {base_url(settings, kind)}"
    model = settings.embedding_model if kind == "embedding" else settings.chat_model
    names = {each: variable(f"{kind}_{each}") for each in ("base_url", "model", "api_key")}
    try:
        yield
    except (openai.AuthenticationError, openai.PermissionDeniedError) as error:
        raise EndpointError(f"{who} refuses the key ({error.status_code}): set {names['api_key']}") from error
    except openai.NotFoundError as error:
        question = f"is {names['model']}={model} served there, and does {names['base_url']} end in /v1?"
        raise EndpointError(f"{who} answers 404: {question}") from error
    except openai.APIStatusError as error:
        raise EndpointError(f"{who} answers {error.status_code}: {error.message}") from error
    except openai.APIConnectionError as error:
        reason = error.__cause__ or error
        advice = f"does it run? {names['base_url']} is its address"
        raise EndpointError(f"{who} can't be reached ({reason}): {advice}") from error
    except (openai.APIError, ValueError) as error:
        raise EndpointError(f"{who} does not speak OpenAI's API: {error}") from error
