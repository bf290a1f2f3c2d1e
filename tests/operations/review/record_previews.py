"""Records the previews that test_review.py reads, by running the program on the real CLI with an emulated cloud.

    python -m tests.operations.review.record_previews            # when the program makes other resources: about 90 s
    python -m tests.operations.review.record_previews comments   # when only the comments look different

Not a test. Look at the difference of the comments before you commit it.
"""

import contextlib
import gzip
import json
import sys
import tempfile
from collections.abc import Generator, Mapping
from pathlib import Path
from typing import Any

from operations.review.comment import comment
from operations.review.review import Review, compare, side
from rehearsal.stage import ROOT, Stage, configuration

FOLDER = Path(__file__).parent / "previews"
COMMENTS = Path(__file__).parent / "comments"


def settings(stack: str, **different: Mapping[str, Any] | str | bool) -> dict[str, Any]:
    """Settings of a stack in the repository, with some keys changed."""
    changed: dict[str, Any] = configuration(ROOT / f"Pulumi.{stack}.yaml")
    for section, value in different.items():
        key = f"milvus-on-aws:{section}"
        changed[key] = {**changed.get(key, {}), **value} if isinstance(value, Mapping) else value
    return changed


UNREAD = ("sourcePosition", "stackTrace", "created", "modified", "outputs")
"""Parts of a resource's state that differ between machines, or that no test uses."""
CERTIFICATE = "arn:aws:acm:us-east-1:123456789012:certificate/0"
NAMES = {"milvus": "milvus.example.com", "attu": "attu.example.com"}
PROD = {
    "no-change": settings("prod"),
    "scale-out": settings("prod", workload={"replicas": 3}),
    "larger-workload": settings("prod", workload={"vectors": 20_000_000}),
    "version-bump": settings("prod", milvus={"version": "2.6.21"}),
    "public-attu": settings(
        "prod",
        attu={"exposure": "public"},
        access={"clientCidrs": ["198.51.100.0/24"], "certificateArn": CERTIFICATE, "domain": NAMES},
    ),
    "other-cidr": settings("prod", network={"cidr": "10.60.0.0/16"}),
    "other-message-queue": settings("prod", log={"kind": "woodpecker"}),
    "other-tier": settings("prod", tier="development", network={"zones": ["us-east-1a", "us-east-1b", "us-east-1c"]}),
}
"""Pull requests against a deployed production that change settings alone."""


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        with deployed(Path(folder) / "prod", "prod") as stage:
            for name, values in PROD.items():
                stage.configure(values)
                record(stage, name)
        with deployed(Path(folder) / "renamed", "prod") as stage:
            stage.pulumi("stack", "rename", "live")
            stage.stack = "live"
            stage.configure(PROD["no-change"])
            record(stage, "renamed-stack")
        with deployed(Path(folder) / "dev", "dev") as stage:
            record(stage, "no-change-dev")
            stage.configure(settings("dev", network={"zones": ["us-east-1a", "us-east-1b", "us-east-1c"]}))
            record(stage, "new-zone")


@contextlib.contextmanager
def deployed(folder: Path, stack: str) -> Generator[Stage]:
    with Stage(folder, stack) as stage:
        if not (operation := stage.up()).succeeded:
            raise RuntimeError(operation.text)
        yield stage


def record(stage: Stage, name: str) -> None:
    try:
        text = stage.pulumi("preview", "--json", "--show-sames")
    except RuntimeError as error:  # a preview that fails is recorded, too
        text = str(error).partition("\n")[2]
    content = json.loads(text)
    for step in content["steps"]:
        for state in filter(None, (step.get("oldState"), step.get("newState"))):
            for key in UNREAD:
                state.pop(key, None)
        if step["op"] == "same":
            step["oldState"] = {key: step["oldState"].get(key) for key in ("urn", "type", "custom", "protect")}
    content.pop("duration", None)
    FOLDER.mkdir(exist_ok=True)
    (FOLDER / f"{name}.json.gz").write_bytes(gzip.compress(json.dumps(content, sort_keys=True).encode(), mtime=0))


def recorded(name: str) -> dict[str, Any]:
    return json.loads(gzip.decompress((FOLDER / f"{name}.json.gz").read_bytes()))


def names() -> list[str]:
    """Names of the recorded pull requests."""
    return sorted(path.name.removesuffix(".json.gz") for path in FOLDER.iterdir() if path.stem != "no-change-dev.json")


def reviewed(name: str) -> Review:
    base = "no-change-dev" if name == "new-zone" else "no-change"
    return compare(side(recorded(base)), side(recorded(name)))


if __name__ == "__main__":
    if sys.argv[1:] != ["comments"]:
        main()
    for each in names():
        (COMMENTS / f"{each}.md").write_text(comment(reviewed(each)))
