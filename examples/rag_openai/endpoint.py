"""Calls OpenAI-compatible endpoints, with retries within one timeout, and errors that say what to do."""

import asyncio
from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager
from typing import Literal, TypeVar

import openai

from examples.rag_openai import RagError
from examples.rag_openai.settings import Settings, variable

Kind = Literal["embedding", "chat"]
Answer = TypeVar("Answer")
REASON_CHARACTERS = 300
"""How much of an endpoint's own words a message quotes."""


class EndpointError(RagError):
    """A model's endpoint failed; the message says what to do."""


def call(settings: Settings, kind: Kind, request: Callable[[openai.AsyncOpenAI], Awaitable[Answer]]) -> Answer:
    """The answer to a request. Temporary failures (408, 409, 429, 5xx, no connection) are repeated, waiting longer each
    time. Raises EndpointError, also when the time is up, whatever it was spent on.
    """

    async def within() -> Answer:
        async with asyncio.timeout(settings.timeout_seconds):
            async with openai.AsyncOpenAI(
                base_url=base_url(settings, kind),
                api_key=api_key(settings, kind),
                max_retries=settings.retries,
                timeout=settings.timeout_seconds,
            ) as client:
                return await request(client)

    with explained(settings, kind):
        return asyncio.run(within())


def api_key(settings: Settings, kind: Kind) -> str:
    """The key of an endpoint; without one, the library would send OPENAI_API_KEY to this address."""
    key = settings.embedding_api_key if kind == "embedding" else settings.chat_api_key
    return key.get_secret_value() if key else "none"


def base_url(settings: Settings, kind: Kind) -> str:
    return str(settings.embedding_base_url if kind == "embedding" else settings.chat_base_url)


@contextmanager
def explained(settings: Settings, kind: Kind) -> Generator[None]:
    """Turns the library's errors into EndpointError."""
    who = f"the {kind} endpoint {base_url(settings, kind)}"
    model = settings.embedding_model if kind == "embedding" else settings.chat_model
    names = {each: variable(f"{kind}_{each}") for each in ("base_url", "model", "api_key")}

    def reason(error: openai.APIStatusError) -> str:
        said = " ".join(error.response.text.split())[:REASON_CHARACTERS]
        return f": {said.replace(api_key(settings, kind), '***')}" if said else ""

    try:
        yield
    except (openai.AuthenticationError, openai.PermissionDeniedError) as error:
        raise EndpointError(
            f"{who} refuses the key ({error.status_code}): set {names['api_key']}{reason(error)}"
        ) from error
    except openai.NotFoundError as error:
        question = f"is {names['model']}={model} served there, and does {names['base_url']} end in /v1?"
        raise EndpointError(f"{who} answers 404: {question}{reason(error)}") from error
    except openai.APIStatusError as error:
        raise EndpointError(f"{who} answers {error.status_code}{reason(error)}") from error
    except (openai.APITimeoutError, TimeoutError) as error:
        raise EndpointError(
            f"{who} gave no answer within {variable('timeout_seconds')}={settings.timeout_seconds:g}"
        ) from error
    except openai.APIConnectionError as error:
        cause = error.__cause__ or error
        advice = f"does it run? {names['base_url']} is its address"
        raise EndpointError(f"{who} can't be reached ({cause}): {advice}") from error
    except (openai.OpenAIError, ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        raise EndpointError(f"{who} does not speak OpenAI's API: {error}") from error
