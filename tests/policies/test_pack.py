"""The policy pack on the real CLI with the emulated cloud.

For production see tests/operations/review/test_review.py.
"""

import re
from pathlib import Path
from typing import Any

import pytest

from rehearsal.stage import ROOT, Stage, configuration

pytest.importorskip("pulumi_policy")


def preview(folder: Path, stack: str, **changed: Any) -> tuple[bool, str]:
    """Runs a preview; returns whether it succeeded, and what it printed about policies."""
    with Stage(folder, stack) as stage:
        settings = configuration(ROOT / f"Pulumi.{stack}.yaml")
        stage.configure({**settings, **{f"milvus-on-aws:{key}": value for key, value in changed.items()}})
        try:
            text, passed = stage.pulumi("preview", "--policy-pack", str(ROOT / "policies")), True
        except RuntimeError as error:
            text, passed = str(error), False
    return passed, text.partition("\nPolicies:\n")[2].partition("\nDiagnostics:")[0].partition("\nOutputs:")[0]


def broken(said: str) -> set[tuple[str, str]]:
    return set(re.findall(r"- \[(\w+)\]\s+([\w-]+)", said))


def test_the_tier_in_the_settings_decides_what_is_mandatory(tmp_path: Path) -> None:
    passed, said = preview(tmp_path, "prod", protect=False, kafka={"logDays": 7})
    assert not passed
    assert "milvus-on-aws@" in said
    assert broken(said) == {
        ("advisory", "protected-state"),  # the settings say so
        ("advisory", "protected-passwords"),
        ("mandatory", "log-retention-in-production"),
    }
    assert "kafka-broker-logs: logs are kept for 7 days only" in said
