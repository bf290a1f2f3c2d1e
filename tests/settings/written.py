"""Reads settings as a user writes them, for tests: the values read, or the problems found."""

import json
from typing import Any

import pytest

from settings.model import Settings
from settings.problems import SettingsError
from settings.reading import read

WORKLOAD = {"vectors": 1_000_000, "dimension": 1024}
AWS: dict[str, Any] = {"target": "aws", "region": "us-east-1", "workload": WORKLOAD}
EXISTING: dict[str, Any] = {
    "vpcId": "vpc-0123456789abcdef0",
    "privateSubnetIds": {"us-east-1a": "subnet-0123456789abcdef0", "us-east-1b": "subnet-0123456789abcdef1"},
}
CERTIFICATE = "arn:aws:acm:us-east-1:123456789012:certificate/x"

Wrong = tuple[dict[str, Any], str, str]
"""Settings, the key that is wrong in them, and a part of what is said of it."""


def settings(written: dict[str, Any], stack: str = "dev") -> Settings:
    """Reads settings that are passed as Pulumi passes them: each value as text, with objects as JSON."""
    texts = {
        k if ":" in k else f"milvus-on-aws:{k}": v if isinstance(v, str) else json.dumps(v) for k, v in written.items()
    }
    return read(texts, stack)


def problems(written: dict[str, Any], stack: str = "dev") -> dict[str, str]:
    """Everything that is said of each key."""
    with pytest.raises(SettingsError) as error:
        settings(written, stack)
    found: dict[str, str] = {}
    for key, text in error.value.problems:
        found[key] = f"{found.get(key, '')} {text}".strip()
    return found


def accepted(written: dict[str, Any], stack: str = "dev") -> bool:
    """True, or the error that says why not."""
    return bool(settings(written, stack))
