"""What a rollout says when it stops, and the probe that is run again. The rollout itself: tests/testbed/kubernetes."""

from typing import Any

import pytest

from operations.stack import StackError
from operations.upgrade import rolling
from operations.upgrade.api import Changing
from operations.upgrade.command import plan
from operations.upgrade.roles import RoleState, look, not_ready
from operations.upgrade.step import ORDER
from planning.chart.names import COMPONENTS, RoleName, role_labels
from tests.components.deployed import deploy_milvus

JOBS = "/apis/batch/v1/namespaces/milvus/jobs"
DEPLOYMENTS = "/apis/apps/v1/namespaces/milvus/deployments"
PODS = "/api/v1/namespaces/milvus/pods"


class Server(Changing):
    """A few collections; Jobs end as `job_succeeds` says."""

    def __init__(self, collections: dict[str, list[dict[str, Any]]], *, job_succeeds: bool = True) -> None:
        super().__init__("https://cluster", str, "")
        object.__setattr__(self, "collections", collections)
        object.__setattr__(self, "job_succeeds", job_succeeds)

    collections: dict[str, list[dict[str, Any]]]
    job_succeeds: bool

    def items(self, path: str, **query: str) -> list[dict[str, Any]]:
        return list(self.collections.get(path, []))

    def create(self, path: str, manifest: Any) -> Any:
        failed = {"conditions": [{"type": "Failed"}]}
        self.collections[path].append({**manifest, "status": {"succeeded": 1} if self.job_succeeds else failed})

    def delete(self, path: str) -> None:
        collection, _, name = path.rpartition("/")
        self.collections[collection] = [
            each for each in self.collections[collection] if each["metadata"]["name"] != name
        ]


def deployment(role: RoleName, *, version: str = "2.6.20", ready: int = 2, paused: bool = False) -> dict[str, Any]:
    return {
        "metadata": {"name": f"milvus-{COMPONENTS[role]}", "generation": 3},
        "spec": {
            "replicas": 2,
            "paused": paused,
            "template": {
                "spec": {
                    "containers": [{"image": f"hub/milvusdb/milvus:v{version}"}],
                    "terminationGracePeriodSeconds": 390,
                }
            },
        },
        "status": {"observedGeneration": 3, "replicas": 2, "updatedReplicas": ready, "availableReplicas": ready},
    }


def pod(role: RoleName, version: str = "2.6.20") -> dict[str, Any]:
    return {
        "metadata": {"name": f"{role}-1", "labels": role_labels("milvus", role)},
        "spec": {"containers": [{"image": f"hub/milvusdb/milvus:v{version}"}]},
    }


def cluster(**changed: dict[str, Any]) -> Server:
    deployments = [changed.get(role) or deployment(role) for role in ORDER]
    return Server({DEPLOYMENTS: deployments, PODS: [pod(role) for role in ORDER]})


def states(**changed: dict[str, Any]) -> dict[RoleName, RoleState]:
    return look(cluster(**changed), "milvus")


def test_a_role_has_nothing_left_to_do_when_its_pods_and_deployment_agree() -> None:
    found = states(proxy=deployment("proxy", version="2.6.21", paused=True), dataNode=deployment("dataNode", ready=1))
    assert [role for role, each in found.items() if each.runs("2.6.20")] == [
        "mixCoordinator", "streamingNode", "queryNode",
    ]  # fmt: skip
    assert (found["proxy"].wanted, found["proxy"].running) == ("2.6.21", {"2.6.20"})


def test_what_is_not_ready_is_named_and_what_is_paused_has_its_turn_later() -> None:
    server = cluster(proxy=deployment("proxy", ready=0, paused=True), queryNode=deployment("queryNode", ready=1))
    server.collections["/apis/apps/v1/namespaces/milvus/statefulsets"] = [
        {"spec": {"replicas": 3}, "status": {"readyReplicas": 2}}
    ]
    server.collections["/api/v1/namespaces/milvus/secrets"] = [
        {"metadata": {"name": "sh.helm.release.v1.milvus.v4", "labels": {"status": "pending-upgrade"}}},
        {"metadata": {"name": "sh.helm.release.v1.milvus.v3", "labels": {"status": "superseded"}}},
    ]
    assert not_ready(server, "milvus", look(server, "milvus")) == [
        "querynode: not all of its 2 pods are ready",
        "etcd: 2 of 3 members are ready",
        "Helm: sh.helm.release.v1.milvus.v4 is pending-upgrade (docs/operations.md#a-release-that-hangs)",
    ]


def test_a_standalone_has_no_roles() -> None:
    server = Server({DEPLOYMENTS: [{"metadata": {"name": "milvus-standalone"}}]})
    with pytest.raises(StackError, match="one process, which has no roles: set milvus"):
        look(server, "milvus")


def test_the_plan_says_steps_minutes_what_is_felt_and_the_way_back() -> None:
    assert plan(states(), "2.6.21").splitlines() == [
        "Milvus 2.6.20 -> 2.6.21, one role after the other:",
        "  1. mixcoord: 2 pods, up to 15 minutes; making, loading and dropping collections waits for seconds, until the"
        " standby has taken over",
        "  2. streamingnode: 2 pods, up to 15 minutes; writes wait for seconds, pod by pod",
        "  3. querynode: 2 pods, up to 15 minutes; searches go on; each pod hands its data over before it goes",
        "  4. datanode: 2 pods, up to 15 minutes; nothing: indexes and compaction wait",
        "  5. proxy: 2 pods, up to 15 minutes; connections are closed once: clients connect again",
        "After each the probe creates, writes, searches and drops a collection; at the first red it stops.",
        "Way back: make upgrade TO=2.6.20 APPLY=1, in the reverse order.",
    ]


@pytest.mark.parametrize(
    ("status", "said"),
    [
        ({"conditions": [{"type": "Ready", "status": "True"}]}, ""),
        ({"conditions": [{"type": "PodScheduled", "message": "0/3 nodes are available"}]}, "0/3 nodes are available"),
        (
            {"containerStatuses": [{"state": {"waiting": {"reason": "ImagePullBackOff", "message": "not found"}}}]},
            "ImagePullBackOff not found",
        ),
        ({}, "is not ready yet"),
    ],
)
def test_a_pod_says_what_it_waits_for(status: dict[str, Any], said: str) -> None:
    assert rolling.waits_for({"status": status}) == said


def probed(*, succeeds: bool) -> Server:
    job = deploy_milvus().one("kubernetes:batch/v1:Job").inputs
    template = job["spec"]["template"]
    labels = {**template["metadata"]["labels"], "controller-uid": "1", "batch.kubernetes.io/job-name": "milvus-probe-1"}
    spec = {
        **job["spec"],
        "selector": {"matchLabels": {"batch.kubernetes.io/controller-uid": "1"}},
        "template": {**template, "metadata": {**template["metadata"], "labels": labels}},
    }
    return Server({JOBS: [{"metadata": {"name": "milvus-probe-1a2b3c"}, "spec": spec}]}, job_succeeds=succeeds)


def test_the_check_runs_the_stacks_own_probe_and_takes_it_away(monkeypatch: pytest.MonkeyPatch) -> None:
    server, made = probed(succeeds=True), list[dict[str, Any]]()
    create = server.create
    monkeypatch.setattr(Server, "create", lambda _, path, manifest: (made.append(manifest), create(path, manifest)))
    rolling.probe(server, "milvus")("querynode")
    assert [each["metadata"]["name"] for each in server.collections[JOBS]] == ["milvus-probe-1a2b3c"]
    (job,) = made
    assert "selector" not in job["spec"]
    assert job["spec"]["template"]["metadata"]["labels"] == {"milvus-on-aws/access": "client"}
    assert job["spec"]["template"]["spec"]["containers"][0]["name"] == "probe"


def test_a_probe_that_fails_stops_the_upgrade_and_stays_to_be_read() -> None:
    server = probed(succeeds=False)
    with pytest.raises(
        StackError, match=r"^querynode: Milvus does not work with it: kubectl logs .*upgrade-after-query"
    ):
        rolling.probe(server, "milvus")("querynode")
    assert len(server.collections[JOBS]) == 2
