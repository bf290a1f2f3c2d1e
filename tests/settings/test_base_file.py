"""Settings that several stacks share: joined key by key, judged as one, each mistake with the file that it is in."""

import json
from pathlib import Path
from typing import Any

import pytest

from settings.base_file import whole
from settings.problems import SettingsError
from settings.reading import read, resolved
from settings.stack_file import StackFileError, as_pulumi_hands_over, configuration

NS = "milvus-on-aws"
OWN: dict[str, Any] = {"target": "aws", "extends": "base.yaml", "region": "us-east-1"}
BASE = """
config:
  milvus-on-aws:workload: {vectors: 1e6, dimension: 1024, index: HNSW}
  milvus-on-aws:kafka: {retentionHours: 200, logDays: 14}
  milvus-on-aws:tags: {team: search}
  milvus-on-aws:access:
    clientCidrs: [10.0.0.0/8, 172.16.0.0/12]
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "base.yaml").write_text(BASE)
    return tmp_path


def texts(written: dict[str, Any]) -> dict[str, str]:
    return as_pulumi_hands_over({f"{NS}:{key}": value for key, value in written.items()})


def refused(written: dict[str, Any], folder: Path) -> str:
    with pytest.raises(SettingsError) as error:
        read(texts(written), "dev", folder)
    return str(error.value)


def test_what_a_stack_leaves_out_is_the_bases(folder: Path) -> None:
    settings = read(texts(OWN), "dev", folder)
    assert settings.workload
    assert (settings.workload.vectors, settings.kafka.retention_hours, settings.tags) == (1e6, 200, {"team": "search"})


def test_what_a_stack_says_goes_before_key_by_key_and_lists_are_replaced(folder: Path) -> None:
    own = {
        **OWN,
        "kafka": {"logDays": 30},
        "tags": {"owner": "me"},
        "access": {"clientCidrs": ["10.1.0.0/16"]},
        "workload": {"vectors": 5},
    }
    settings = read(texts(own), "dev", folder)
    assert settings.workload
    assert (settings.workload.vectors, settings.workload.dimension) == (5, 1024)
    assert (settings.kafka.log_days, settings.kafka.retention_hours) == (30, 200)
    assert settings.tags == {"team": "search", "owner": "me"}
    assert settings.access.client_cidrs == ("10.1.0.0/16",)


def test_the_tiers_defaults_come_after_both(folder: Path) -> None:
    assert read(texts(OWN), "dev", folder).cluster.log_days == 7
    (folder / "base.yaml").write_text(BASE + "  milvus-on-aws:cluster: {logDays: 365}\n")
    assert read(texts(OWN), "dev", folder).cluster.log_days == 365


def test_every_mistake_is_told_with_the_file_that_it_is_in(folder: Path) -> None:
    base = BASE.replace("retentionHours: 200", "retentionHours: 1") + "  milvus-on-aws:attu: {exposer: none}\n"
    (folder / "base.yaml").write_text(base)
    own: dict[str, Any] = {**OWN, "kafka": {"users": []}, "cluster": {"logDays": 2}}
    head, extends, *lines, _ = refused(own, folder).splitlines()
    assert head == "4 settings are wrong in Pulumi.dev.yaml; nothing was created or changed:"
    assert extends == "(it extends base.yaml, and what is wrong there is marked)"
    assert sorted(line.split(":")[1] for line in lines) == [
        "attu.exposer in base.yaml",
        "cluster.logDays",
        "kafka.retentionHours in base.yaml",
        "kafka.users",
    ]


def test_a_contradiction_between_both_files_is_one(folder: Path) -> None:
    said = refused({**OWN, "network": {"nat": "none"}}, folder)
    assert "milvus-on-aws:network.nat: none needs network.interfaceEndpoints" in said


@pytest.mark.parametrize(
    ("base", "said"),
    [
        ("config: {aws:region: eu-west-1}", "base.yaml has aws:region, which Pulumi reads in a stack's own file only"),
        ("config: {milvus-on-aws:extends: other.yaml}", "base.yaml has extends, which every stack says itself"),
        ("config: {milvus-on-aws:tier: production}", "base.yaml has tier, which every stack says itself"),
        ("config: {milvus-on-aws:access: {openToTheWorld: true}}", "base.yaml has access.openToTheWorld, which every"),
        (
            "config: {milvus-on-aws:attu: {oidc: {clientSecret: {secure: v1:abc}}}}",
            "base.yaml has an encrypted value in milvus-on-aws:attu: its key is one stack's",
        ),
        ("config: {a: b\n c", "base.yaml, line 2: "),
        (
            "config: {milvus-on-aws:tags: {when: 2027-01-31}}",
            "tags.when in base.yaml: 2027-01-31 00:00:00 +0000 UTC is",
        ),
        ("config: {milvus-on-aws:kafka: many}", 'kafka in base.yaml: "many" is not allowed: keys below it'),
    ],
)
def test_a_base_that_cannot_be_one_is_refused(base: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "base.yaml").write_text(base)
    own = {**OWN, "workload": {"vectors": 1, "dimension": 2}}
    assert said in refused(own, tmp_path)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("none.yaml", "there is no none.yaml beside Pulumi.yaml"),
        ("../base.yaml", '"../base.yaml" is not allowed: a file beside Pulumi.yaml, such as base.yaml, and no stack'),
        ("Pulumi.prod.yaml", '"Pulumi.prod.yaml" is not allowed: a file beside Pulumi.yaml'),
        ("", '"" is not allowed: a file beside Pulumi.yaml'),
    ],
)
def test_a_name_that_is_no_file_beside_the_project_is_refused(name: str, said: str, folder: Path) -> None:
    assert f"milvus-on-aws:extends: {said}" in refused({**OWN, "extends": name}, folder)


def test_extends_beside_config_is_refused_since_pulumi_hands_over_what_is_below_alone(tmp_path: Path) -> None:
    file = tmp_path / "Pulumi.dev.yaml"
    file.write_text("extends: base.yaml\nconfig: {}\n")
    with pytest.raises(
        StackFileError, match=r"^Pulumi\.dev\.yaml: .*; write milvus-on-aws:extends below `config:`, indented$"
    ):
        configuration(file)


def test_for_readers_elsewhere_the_base_is_written_in_and_masked_secrets_stay(folder: Path) -> None:
    masked = {f"{NS}:attu": "[secret]", "aws:profile": "team"}
    found = resolved(texts({**OWN, "kafka": {"logDays": 30}}) | masked, folder)
    assert json.loads(found[f"{NS}:kafka"]) == {"retentionHours": 200, "logDays": 30}
    assert f"{NS}:extends" not in found
    assert masked.items() <= found.items()
    assert resolved(masked, folder) == masked


def test_the_tree_as_it_is_written_has_both_files_and_other_namespaces(folder: Path) -> None:
    tree = whole({f"{NS}:{key}": value for key, value in OWN.items()} | {"aws:profile": "team"}, NS, folder)
    assert (tree[f"{NS}:tags"], tree["aws:profile"], tree[f"{NS}:target"]) == ({"team": "search"}, "team", "aws")
