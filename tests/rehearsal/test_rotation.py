"""The procedure of docs/operations.md, on the real engine: Kafka's password changes without a gap."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from rehearsal.protocol.wire import name_of
from rehearsal.stage import ROOT, Stage


@pytest.mark.slow
def test_a_rotation_in_three_steps_never_leaves_milvus_without_a_user(tmp_path: Path) -> None:
    base: dict[str, Any] = yaml.safe_load((ROOT / "Pulumi.dev.yaml").read_text())["config"]
    base["milvus-on-aws:protect"] = True

    with Stage(tmp_path, "dev") as stage:

        def up(**kafka: object) -> list[tuple[str, str]]:
            stage.configure({**base, "milvus-on-aws:kafka": kafka})
            answer = stage.up()
            assert answer.succeeded, answer.text
            return [(step.operation, name_of(step.urn)) for step in answer.changes]

        up(users=["a"])
        second = up(users=["a", "b"])
        assert set(second) == {("create", "kafka-b"), ("update", "kafka-users")}
        moved = up(users=["a", "b"], activeUser="b")
        # The new credentials exist before the pods roll; the old ones go when the probe has passed with the new ones.
        order = ["create-replacement", "update", "create-replacement", "delete-replaced"]
        steps = [step for step in moved if step[0] != "replace"]
        names = ["milvus-kafka", "milvus-release", "milvus-probe"]
        assert [step for step in steps if step[1] in names][:3] == list(zip(order[:3], names, strict=True))
        assert ("delete-replaced", "milvus-kafka") in steps[3:]
        dropped = up(users=["b"], activeUser="b")
        assert set(dropped) == {("update", "kafka-users"), ("delete", "kafka-a")}
        assert up(users=["b"], activeUser="b") == []
