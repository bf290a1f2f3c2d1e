"""Records the previews that test_review.py reads: real runs of the program on the real CLI, before an emulated cloud.

    .venv/bin/python -m tests.operations.record_previews

Not a test: fifteen runs take a minute. Run it when the program makes other resources; then look at the comments' diff.
"""

import gzip
import json
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rehearsal.stage import ROOT, Stage, configuration

FOLDER = Path(__file__).parent / "previews"


def settings(stack: str, **different: Mapping[str, Any] | str) -> dict[str, Any]:
    """As checked in, with some keys of some sections changed."""
    changed: dict[str, Any] = configuration((ROOT / f"Pulumi.{stack}.yaml").read_text())
    for section, value in different.items():
        key = f"milvus-on-aws:{section}"
        changed[key] = {**changed.get(key, {}), **value} if isinstance(value, Mapping) else value
    return changed


CERTIFICATE = "arn:aws:acm:us-east-1:123456789012:certificate/0"
PROD = {
    "no-change": settings("prod"),
    "scale-out": settings("prod", workload={"replicas": 3}),
    "larger-workload": settings("prod", workload={"vectors": 20_000_000}),
    "version-bump": settings("prod", milvus={"version": "2.6.21"}),
    "public-attu": settings(
        "prod",
        attu={"exposure": "public"},
        access={"clientCidrs": ["198.51.100.0/24"], "certificateArn": CERTIFICATE},
    ),
    "other-cidr": settings("prod", network={"cidr": "10.60.0.0/16"}),
    "other-tier": settings("prod", tier="development"),
}
"""Pull requests against a deployed production that change settings alone."""


def record(stage: Stage, name: str) -> None:
    # Its exit code says nothing here: previews that fail are recorded, too.
    text = stage.preview_json()
    content = json.loads(text)
    for step in content["steps"]:
        for state in (step.get("oldState"), step.get("newState")):
            for key in ("sourcePosition", "stackTrace", "created", "modified"):
                (state or {}).pop(key, None)
    (FOLDER / f"{name}.json.gz").write_bytes(gzip.compress(json.dumps(content, sort_keys=True).encode(), mtime=0))
