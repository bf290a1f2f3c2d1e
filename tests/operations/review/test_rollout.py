"""Rolling a pull request's head out on its base, in the emulated cloud, shows what the update breaks."""

import json
from pathlib import Path

import pytest

from operations.review.comment import comment
from operations.review.previews import rolled_out
from operations.review.review import Review, review
from rehearsal.stage import ROOT, Stage
from rehearsal.workspace import Edit, link
from tests.operations.review.record_previews import recorded

OPEN_TO_ALL = Edit(
    "components/pods/access.py",
    "managers = [pods(MANAGER), *watchers]",
    "managers = [pods(MANAGER), Peer(namespace_selector={})]",
)
NO_POLICY = Edit(
    "components/kafka/users.py",
    '    policy = aws.secretsmanager.SecretPolicy(\n        f"{name}-{user}", secret_arn=secret.arn,'
    " policy=secret.arn.apply(read_by_msk), opts=after(version)\n    )\n",
    "    policy = version\n",
)


@pytest.fixture(scope="module")
def broken(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Production, then a version of the program that breaks it in two places."""
    folder = tmp_path_factory.mktemp("rollout")
    head = folder / "head"
    link(ROOT, head, [OPEN_TO_ALL, NO_POLICY])
    (head / "Pulumi.prod.yaml").write_text((ROOT / "Pulumi.prod.yaml").read_text())
    with Stage(folder / "stage", "prod", settings={"milvus-on-aws:protect": "false"}) as stage:
        assert stage.up().succeeded
        stage.change_program(head)
        stage.pulumi("config", "set", "milvus-on-aws:protect", "false")
        return rolled_out(stage)


@pytest.mark.slow
def test_a_kafka_user_that_msk_can_no_longer_read_is_found(broken: list[str]) -> None:
    assert any("SASL authentication fails for kafka-a: no policy of its secret lets kafka" in each for each in broken)


@pytest.mark.slow
def test_a_management_port_that_an_update_opens_is_found(broken: list[str]) -> None:
    assert any("port 9091, which takes orders without a login, is open to every pod" in each for each in broken)


@pytest.mark.slow
def test_nothing_else_is_said(broken: list[str]) -> None:
    assert len(broken) == 2


@pytest.mark.slow
def test_nodes_that_move_away_from_the_volumes_of_etcd_are_found(tmp_path: Path) -> None:
    other_zone = Edit("planning/estimate.py", "zones[: rules.node_zones]", "zones[1:] if rules.node_zones else zones")
    link(ROOT, tmp_path / "head", [other_zone])
    (tmp_path / "head" / "Pulumi.dev.yaml").write_text((ROOT / "Pulumi.dev.yaml").read_text())
    with Stage(tmp_path / "stage", "dev") as stage:
        assert stage.up().succeeded
        stage.change_program(tmp_path / "head")
        assert any("pod etcd-0 is Pending" in each and "volume node affinity" in each for each in rolled_out(stage))


def test_what_breaks_when_it_is_rolled_out_stops_a_review(tmp_path: Path) -> None:
    preview, rollout = tmp_path / "head.json", tmp_path / "rollout.json"
    preview.write_text(json.dumps(recorded("version-bump")))

    def with_problems(*problems: str) -> Review:
        rollout.write_text(json.dumps(problems))
        return review(preview, preview, rollout=rollout)

    assert with_problems().passes
    seen = with_problems("milvus-release: it is locked out\n  rule: some_rule (its source)")
    assert not seen.passes
    assert "- milvus-release: it is locked out rule: some_rule (its source)\n" in comment(seen)
