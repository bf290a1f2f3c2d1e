import json
from dataclasses import asdict
from pathlib import Path

import jsonschema
import pytest

import outputs
from milvus_contract import CONTRACT_VERSION, Contract
from milvus_contract.contract import HINTS
from tests.engine import Engine
from tools.docs import contract_schema, pages

KEYS = {
    "1": {
        "contract_version",
        "target",
        "milvus_uri",
        "milvus_host",
        "milvus_port",
        "milvus_tls",
        "milvus_auth_secret_arn",
        "attu_url",
        "dashboard_url",
        "bucket_name",
        "backup_bucket_name",
        "backup_copy_bucket_name",
        "backup_role_arn",
        "restore_role_arn",
        "kafka_bootstrap_servers",
        "kafka_secret_arn",
        "vpc_id",
        "private_subnet_ids",
        "private_link_service_name",
        "private_link_dns_name",
        "client_security_group_id",
        "nlb_arn",
        "cluster_name",
        "namespace",
        "aws_region",
        "estimate",
    }
}
"""Published keys of each major version. Change this only by adding a key to a set, or by adding a major version."""


@pytest.mark.parametrize(("path", "text"), pages().items(), ids=lambda value: getattr(value, "name", ""))
def test_generated_pages_are_those_the_code_makes_now(path: Path, text: str) -> None:
    assert path.read_text(encoding="utf-8") == text, "run `make docs`"


def test_no_key_vanishes_without_a_new_major_version() -> None:
    assert KEYS[CONTRACT_VERSION.split(".")[0]] <= HINTS.keys()


def test_a_contract_has_every_key_and_null_where_the_target_has_none() -> None:
    contract = json.loads(json.dumps(asdict(Contract(contract_version="1.0", target="embedded"))))
    schema = contract_schema()
    jsonschema.validate(contract, schema)
    assert set(contract) == KEYS["1"]
    assert contract["attu_url"] is None
    with pytest.raises(jsonschema.ValidationError, match="'attu_url' is a required property"):
        jsonschema.validate({key: value for key, value in contract.items() if key != "attu_url"}, schema)


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    engine = Engine.create(tmp_path)
    (tmp_path / "__main__.py").unlink()
    engine.configure("test")
    return engine


def test_what_is_exported_is_what_was_given_and_the_version(engine: Engine) -> None:
    (engine.folder / "__main__.py").write_text(
        "import outputs; outputs.export(target='embedded', milvus_port=1, attu_url=None)"
    )
    engine.up("test")
    assert engine.outputs("test") == {"contract_version": CONTRACT_VERSION, "target": "embedded", "milvus_port": 1}


def test_a_secret_is_refused_as_an_output(engine: Engine) -> None:
    program = "import outputs, pulumi; outputs.export(target='aws', milvus_uri=pulumi.Output.secret('hush'))"
    (engine.folder / "__main__.py").write_text(program)
    said = engine.up("test", check=False)
    assert "output milvus_uri is a secret: export the ARN of the secret that holds it instead" in said
    assert "hush" not in said
    assert "hush" not in engine.pulumi("stack", "export", "--stack", "test")


def test_a_name_outside_the_contract_is_refused() -> None:
    with pytest.raises(TypeError, match="not in the contract: milvus_url"):
        outputs.export(milvus_url="x")
