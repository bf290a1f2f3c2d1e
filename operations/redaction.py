"""Takes secrets out of text that leaves this machine: by the names that they have, and by the shapes that they come in.

It errs on the side of taking out too much. Left out: secrets that have neither a name nor a shape.
"""

import re
from typing import Any, cast

GONE = "(redacted)"
NAME = (
    r"[\w.-]*(?:passw(?:or)?d|passphrase|secret(?!_?(?:arn|name|keyref))|token|credential|api[_-]?key|access[_-]?key|"
    r"private[_-]?key|client[_-]?secret|authorization)[\w-]*"
)
"""Names of values that are secrets. ARNs and names of secrets are none: they say where a secret is."""
NAMED = re.compile(NAME, re.IGNORECASE)
SHAPES = (
    re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)", re.DOTALL),
    re.compile(r"\b(?:AKIA|ASIA|AROA|AIDA)[A-Z0-9]{12,}\b"),
    re.compile(r"\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*"),  # JSON Web Tokens
    re.compile(r"\bk8s-aws-v1\.[\w-]+"),
    re.compile(r"\bpul-[0-9a-f]{32,}\b"),
    re.compile(r"\bv1:[A-Za-z0-9+/=]{12,}:[A-Za-z0-9+/=]{16,}"),  # what Pulumi has encrypted
    re.compile(r"(?<=X-Amz-Signature=)[0-9a-f]+|(?<=X-Amz-Security-Token=)[^&\s\"]+|(?<=X-Amz-Credential=)[^&\s\"]+"),
    re.compile(r"(?<=://)[^/\s:@\"']*:[^/\s@\"']+(?=@)"),
    re.compile(r"(?i)\b(?<=bearer |\sbasic )[\w.~+/=-]{8,}"),
)
ARN = re.compile(r"(\barn:aws[a-z-]*:[\w:/*.@+=-]+)")
PAIR = re.compile(
    rf"""(?ix)(?P<name>\\?["']?\b{NAME}\\?["']?\s*(?:[:=]|=>)\s*)"""
    r"""(?P<value>\\?"(?:[^"\\]|\\.)*?\\?"|'[^']*'|\[[^\]\n]*\]|(?:bearer|basic)\s+\S+|[^\s,;&}\])]+)"""
)


def redacted(text: str) -> str:
    """The text without secrets."""
    for shape in SHAPES:
        text = shape.sub(GONE, text)
    parts = ARN.split(text)  # every other part is an ARN, which says where a secret is, not what it is
    return "".join(
        part if number % 2 else PAIR.sub(lambda found: f"{found['name']}{GONE}", part)
        for number, part in enumerate(parts)
    )


def redacted_tree(value: Any) -> Any:
    """JSON without secrets: values of keys that name one, of environment variables that do, and in all texts."""
    if isinstance(value, dict):
        tree = cast(dict[str, Any], value)
        hides = "value" in tree and NAMED.fullmatch(str(tree.get("name", "")))
        return {
            key: GONE if _is_secret(key, each) or (hides and key == "value") else redacted_tree(each)
            for key, each in tree.items()
        }
    if isinstance(value, list):
        return [redacted_tree(each) for each in cast(list[Any], value)]
    return redacted(value) if isinstance(value, str) else value


def _is_secret(key: str, value: Any) -> bool:
    return isinstance(value, str) and NAMED.fullmatch(key) is not None
