"""A stack comes up again after it was destroyed, though EKS makes its log group again once the cluster is gone."""

from pathlib import Path

import pytest

from rehearsal.cloud.cloud import Cloud
from rehearsal.cloud.resource import Resource
from rehearsal.protocol.wire import name_of
from rehearsal.rules.eks import CLUSTER, LOG_GROUP
from rehearsal.stage import ROOT, Stage
from rehearsal.workspace import Edit

NAME = "/aws/eks/milvus-on-aws-dev/cluster"
DELETED = Edit("components/cluster/cluster.py", "retain_on_delete=True, import_=", "import_=")


def cloud(**group: object) -> tuple[Cloud, Resource, Resource]:
    """A cluster that writes logs into a group that was made for it."""
    made = Cloud(forgiving=True)
    logs = Resource(LOG_GROUP, NAME, inputs={"name": NAME, **group})
    made.create(logs)
    cluster = Resource(CLUSTER, "milvus-on-aws-dev", inputs={"enabledClusterLogTypes": ["api"]})
    made.put(cluster)
    return made, logs, cluster


def test_a_deleted_log_group_comes_back_in_whichever_order_it_goes() -> None:
    for order in (1, -1):
        made, logs, cluster = cloud(retentionInDays=30)
        for resource in (cluster, logs)[::order]:
            made.delete(resource)
        (again,) = made.left()
        assert (again.key, again["retentionInDays"]) == (logs.key, None)


@pytest.mark.parametrize(("days", "left"), [({"retentionInDays": 30}, 0), ({}, 1)])
def test_a_log_group_may_stay_if_its_lines_expire(days: dict[str, int], left: int) -> None:
    made, logs, cluster = cloud(**days)
    made.delete(cluster)
    assert len(made.left()) == left
    assert made.outliving() == [logs][left:]


def test_a_group_without_a_cluster_stays_deleted() -> None:
    made, logs, cluster = cloud(retentionInDays=30)
    made.remove(cluster)  # it never was
    made.delete(logs)
    assert (made.left(), made.outliving()) == ([], [])


@pytest.mark.slow
def test_a_stack_has_several_lives(tmp_path: Path) -> None:
    """The first one deletes its group, as older versions of the program did."""
    with Stage(tmp_path, "dev", edits=[DELETED]) as stage:
        assert stage.up().succeeded
        assert stage.destroy().succeeded
        assert [(each.id, each["retentionInDays"]) for each in stage.cloud.left()] == [(NAME, None)]

        stage.change_program(ROOT)
        second = stage.up()
        assert second.succeeded, second.text
        group = stage.cloud.get(LOG_GROUP, NAME)
        assert group
        assert group["retentionInDays"] == 7  # cluster.logDays of dev
        assert [name_of(step.urn) for step in stage.up().changes] == []
        assert stage.destroy().succeeded
        assert (stage.cloud.left(), [each.id for each in stage.cloud.outliving()]) == ([], [NAME])

        third = stage.up()
        assert third.succeeded, third.text
        assert stage.cloud.refusals == []
