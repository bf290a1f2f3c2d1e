"""The headings of docs/faq.md are messages that users really get."""

import ast
import gc
import re
from functools import cache
from pathlib import Path

import pytest

from tests.docs.pages import prose
from tests.engine import ROOT

PAGE = ROOT / "docs" / "faq.md"
HOLE = "\0"
"""Stands for a value in an f-string."""
ROOMS = (
    "arguments", "components", "examples", "milvus_contract", "operations", "planning", "policies", "rehearsal",
    "settings", "testbed", "tools",
)  # fmt: skip


def _parsed(file: Path) -> ast.Module:
    """Not collecting garbage meanwhile: the end of another test's broken program would break the parser (CPython 3.11:
    "AST constructor recursion depth mismatch")."""
    gc.disable()
    try:
        return ast.parse(file.read_text(encoding="utf-8"))
    finally:
        gc.enable()


def messages(part: str) -> list[str]:
    """Headings below the parts of the page whose title begins like this."""
    parts = re.split(r"^## ", prose(PAGE), flags=re.MULTILINE)
    return [
        heading
        for text in parts
        if text.startswith(part)
        for heading in re.findall(r"^### `(.+)`$", text, re.MULTILINE)
    ]


@cache
def texts() -> list[str]:
    """Every string in the code, what is put in left out, without rich's markup; and the scripts, whole."""
    found = [file.read_text() for file in (ROOT / "Makefile", *(ROOT / ".github").glob("*.sh"))]
    for file in (path for room in ROOMS for path in (ROOT / room).rglob("*.py")):
        for node in ast.walk(_parsed(file)):
            if isinstance(node, ast.JoinedStr):
                found.append(
                    "".join(str(each.value) if isinstance(each, ast.Constant) else HOLE for each in node.values)
                )
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                found.append(node.value)
    return [re.sub(r"\[/?[a-z ]*\]", "", text) for text in found]


def is_said(message: str) -> bool:
    pattern = ".*".join(re.escape(part.strip()) for part in message.split("..."))
    return any(re.search(pattern, text, re.DOTALL) for text in texts())


OURS = messages("From this program") + messages("From the testbed")
LAYER = "FAILED at layer "


@pytest.mark.parametrize("message", [each for each in OURS if not each.startswith(LAYER)])
def test_a_message_of_ours_is_in_the_code_word_for_word(message: str) -> None:
    assert len(message.replace("...", "").replace(" ", "")) > 12, "too short to find"
    assert is_said(message)


def test_a_message_that_nobody_says_is_found_out() -> None:
    assert len(OURS) > 25
    assert not is_said("stack ... holds ... protected treasures; nothing was deleted")


def test_the_layers_that_fail_are_those_of_the_smoke_test() -> None:
    from operations.smoke import AWS_ADVICE

    assert any(LAYER in text for text in texts())
    layers = [message.removeprefix(LAYER) for message in OURS if message.startswith(LAYER)]
    assert layers
    assert set(layers) <= set(AWS_ADVICE)


@pytest.mark.parametrize("message", messages("From Pulumi"))
def test_a_message_of_pulumi_is_in_its_cli_or_in_what_the_rehearsal_has_from_its_providers(message: str) -> None:
    program = (ROOT / ".tools" / "bin" / "pulumi").resolve().read_bytes()
    fragments = [part.strip() for part in message.split("...") if part.strip()]
    of_providers = ("configured Kubernetes cluster is unreachable", "Server-Side Apply field conflict detected")
    assert message in of_providers or all(part.encode() in program for part in fragments)


def test_every_answer_says_what_to_do() -> None:
    sections = re.split(r"^###? ", Path(PAGE).read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]
    for section in sections:
        heading, _, answer = section.partition("\n")
        assert heading.startswith("From ") or len(answer.split()) >= 6, heading
