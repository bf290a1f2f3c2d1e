import json
from typing import Any

import pytest
import yaml

from operations.new.answers import Draft
from operations.new.questions import BY_KEY
from operations.new.writing import answers_in, differences, others_in, settings_in, text
from settings.reading import read

ANSWERS: dict[str, Any] = {
    "region": "us-east-1",
    "tier": "production",
    "workload.vectors": 1_000_000,
    "workload.dimension": 1024,
    "workload.index": "HNSW",
    "workload.replicas": 2,
    "cluster.publicAccessCidrs": ["52.1.2.0/24"],
    "access.accountIds": ["089123456789"],
    "access.clientCidrs": ["10.0.0.0/8"],
    "attu.exposure": "internal",
}

WRITTEN = """\
# A Milvus on AWS, production, for about 1,425 USD a month at the prices of 2026-11-21.
# Settings that are left out have the defaults of docs/settings.md. `make estimate STACK=prod` shows size and price.
config:
  milvus-on-aws:target: aws
  # What else it decides: docs/settings.md, "What the tier decides".
  milvus-on-aws:tier: production
  # Another region means another stack.
  milvus-on-aws:region: us-east-1
  # Sizes, nodes, brokers and price follow from these.
  milvus-on-aws:workload:
    vectors: 1000000
    dimension: 1024
    replicas: 2
  milvus-on-aws:cluster:
    # Networks that Pulumi runs from. No others reach the Kubernetes API from the internet.
    publicAccessCidrs: [52.1.2.0/24]
  milvus-on-aws:attu:
    # Who reaches the web console. The default is internal in development and none in production.
    exposure: internal
  milvus-on-aws:access:
    # Credentials of any other account are refused before anything changes.
    accountIds: ["089123456789"]
    # Networks that may connect to Milvus, beside members of the client security group.
    clientCidrs: [10.0.0.0/8]
"""


def test_the_file_is_short_in_the_order_of_the_documentation_and_says_why() -> None:
    assert text(Draft("prod"), ANSWERS, {}) == WRITTEN


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"tier": "development", "protect": True, "workload.scalarBytes": 500, "workload.mmap": True},
        {"workload.index": "IVF_RABITQ", "workload.refineBits": 8, "workload.growth": 1.5},
        {
            "access.domain.zoneId": "Z0123456789ABC",
            "access.domain.milvus": "milvus.acme.io",
            "access.domain.attu": "attu.acme.io",
            "access.public": True,
        },
        {"network.zones": ["us-east-1b", "us-east-1c", "us-east-1d"], "protect": False},
    ],
)
def test_the_file_reads_as_it_was_answered_and_no_line_is_idle(more: dict[str, Any]) -> None:
    answers, draft = {**ANSWERS, **more}, Draft("prod")
    tree = settings_in(yaml.safe_load(text(draft, answers, {})))
    config = {f"milvus-on-aws:{key}": v if isinstance(v, str) else json.dumps(v) for key, v in tree.items()}
    settings = read(config, "prod")
    assert settings == draft.settings(answers)
    kept = answers_in(tree)
    for key in kept:
        fewer = {name: value for name, value in kept.items() if name != key}
        try:
            assert draft.settings(fewer) != settings, key
        except ValueError:
            continue  # it is needed


def test_everything_that_no_question_is_about_stays() -> None:
    content = {
        "encryptionsalt": "v1:abc=:v1:def:ghi=",
        "config": {
            "aws:region": "us-east-1",
            "milvus-on-aws:target": "aws",
            "milvus-on-aws:region": "eu-west-1",
            "milvus-on-aws:kafka": {"retentionHours": 336},
            "milvus-on-aws:tags": {"team": "no"},
            "milvus-on-aws:attu": {"behind": "nlb", "oidc": {"clientSecret": {"secure": "v1:xyz"}}},
        },
    }
    others = others_in(settings_in(content))
    assert others == {
        "kafka": {"retentionHours": 336},
        "tags": {"team": "no"},
        "attu": {"oidc": {"clientSecret": {"secure": "v1:xyz"}}},
    }
    del others["attu"]
    written = yaml.safe_load(text(Draft("prod", others), ANSWERS, content))
    assert written["encryptionsalt"] == "v1:abc=:v1:def:ghi="
    assert written["config"]["aws:region"] == "us-east-1"
    assert written["config"]["milvus-on-aws:kafka"] == {"retentionHours": 336}
    assert written["config"]["milvus-on-aws:tags"] == {"team": "no"}


def test_differences_are_told_setting_by_setting() -> None:
    old = {"region": "us-east-1", "cluster": {}, "workload": {"vectors": 1, "index": "HNSW"}}
    new = {"region": "us-east-1", "workload": {"vectors": 2}, "access": {"accountIds": ["1"]}}
    assert differences(old, new) == [
        'access.accountIds: left out -> ["1"]',
        'workload.index: "HNSW" -> left out',
        "workload.vectors: 1 -> 2",
    ]


def test_the_answers_of_a_file_are_found_again() -> None:
    assert answers_in(settings_in(yaml.safe_load(WRITTEN))) == {
        k: v for k, v in ANSWERS.items() if k != "workload.index"
    }
    assert set(answers_in({"workload": "broken", "region": "us-east-1"})) == {"region"}
    assert "access.domain.zoneId" in BY_KEY
