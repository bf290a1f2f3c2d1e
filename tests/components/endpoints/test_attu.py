"""Attu can be reached only through its load balancer, which sends it requests only once it is healthy."""

from dataclasses import replace

from tests.components.deployed import ATTU, deploy_attu

DEPLOYMENT, SERVICE = "kubernetes:apps/v1:Deployment", "kubernetes:core/v1:Service"
POLICY, TARGETS = "kubernetes:networking.k8s.io/v1:NetworkPolicy", "kubernetes:elbv2.k8s.aws/v1beta1:TargetGroupBinding"


def test_the_balancer_alone_may_reach_it() -> None:
    policy = deploy_attu().one(POLICY).inputs["spec"]
    assert policy["ingress"] == [
        {
            "from": [{"ipBlock": {"cidr": "10.0.0.0/20"}}, {"ipBlock": {"cidr": "10.0.32.0/20"}}],
            "ports": [{"protocol": "TCP", "port": 3000}],
        }
    ]


def test_without_a_balancer_nobody_may_reach_it_but_a_port_forward() -> None:
    recording = deploy_attu(replace(ATTU, binding=None))
    policy = recording.one(POLICY).inputs["spec"]
    assert (policy["policyTypes"], policy["ingress"]) == (["Ingress"], [])
    assert recording.all(TARGETS) == []
    assert recording.stack_outputs == {"port_forward": "kubectl port-forward --namespace milvus service/attu 3000:3000"}


def test_its_pods_find_service_and_binding_in_place_and_the_service_waits_for_no_pod() -> None:
    recording = deploy_attu()
    deployment, service, binding = (recording.one(type_) for type_ in (DEPLOYMENT, SERVICE, TARGETS))
    assert recording.depends(deployment, service)
    assert recording.depends(deployment, binding)
    assert service.inputs["metadata"]["annotations"] == {"pulumi.com/skipAwait": "true"}
    assert binding.inputs["spec"]["serviceRef"] == {"name": service.inputs["metadata"]["name"], "port": 3000}


def test_the_service_finds_the_pods_and_the_policy_lets_them_reach_milvus() -> None:
    recording = deploy_attu()
    pod = recording.one(DEPLOYMENT).inputs["spec"]["template"]
    selector = recording.one(SERVICE).inputs["spec"]["selector"]
    assert selector.items() <= pod["metadata"]["labels"].items()
    assert pod["metadata"]["labels"]["milvus-on-aws/access"] == "client"
    # The chart's Service of Milvus and its policies select by this name; Attu must not be taken for Milvus.
    assert pod["metadata"]["labels"]["app.kubernetes.io/name"] == "attu"


def test_it_is_told_where_milvus_is_and_is_given_no_password() -> None:
    (container,) = deploy_attu().one(DEPLOYMENT).inputs["spec"]["template"]["spec"]["containers"]
    assert container["env"] == [{"name": "MILVUS_URL", "value": "http://milvus:19530"}]
    assert container["image"] == "zilliz/attu:v2.5.12"
    assert {"readinessProbe", "livenessProbe"} <= set(container)
