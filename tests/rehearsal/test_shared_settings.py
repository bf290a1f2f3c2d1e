"""A stack that extends a file, before the real CLI: it hands over the name alone, and the program reads the rest."""

import json
from pathlib import Path

import pytest

from operations.review.previews import json_in
from rehearsal.stage import ROOT, Stage
from rehearsal.workspace import link

OWN = {"target": "aws", "region": "us-east-1", "extends": "base.yaml", "kafka": {"users": ["a", "b"]}}
BASE = """config:
  milvus-on-aws:workload: {vectors: 1e6, dimension: 1024}
  milvus-on-aws:kafka: {logDays: 14}
"""


@pytest.mark.slow
def test_what_is_extended_reaches_the_program_and_its_mistakes_the_person(tmp_path: Path) -> None:
    project = tmp_path / "project"
    link(ROOT, project)
    (project / "base.yaml").write_text(BASE)
    own = {f"milvus-on-aws:{key}": value for key, value in OWN.items()}
    (project / "Pulumi.team.yaml").write_text(json.dumps({"config": own}))
    (tmp_path / "stage").mkdir()
    with Stage(tmp_path / "stage", "team", project=project) as stage:
        preview = json_in(stage.run("preview", "--json").stdout)
        assert preview
        assert preview["config"]["milvus-on-aws:extends"] == "base.yaml"
        states = {step["urn"].rpartition("::")[2]: step["newState"] for step in preview["steps"]}
        assert states["kafka-broker-logs"]["inputs"]["retentionInDays"] == 14
        assert {"kafka-a", "kafka-b"} <= states.keys()
        (project / "base.yaml").write_text(BASE.replace("14", "15"))
        assert "milvus-on-aws:kafka.logDays in base.yaml: 15 is not allowed" in stage.preview().text
