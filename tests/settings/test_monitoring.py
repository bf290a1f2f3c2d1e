"""The section `monitoring`: what contradicts it is refused with what to do."""

import pytest

from tests.settings.written import AWS, accepted, problems

INSIDE = {"monitoringNamespace": "monitoring"}


def test_an_existing_prometheus_is_accepted_where_its_namespace_is_known() -> None:
    labels = {"release": "kube-prometheus-stack", "corp.example/team": ""}
    assert accepted({**AWS, "milvus": INSIDE, "monitoring": {"prometheus": "existing", "labels": labels}})


@pytest.mark.parametrize(
    ("milvus", "monitoring", "said"),
    [
        ({}, {"prometheus": "existing"}, "existing needs milvus.monitoringNamespace"),
        ({**INSIDE, "serviceMonitor": True}, {"prometheus": "existing"}, "read every pod twice"),
        (INSIDE, {"labels": {"a": "b"}}, "has no effect with monitoring.prometheus none"),
        (INSIDE, {"excludeRules": ["EtcdDiskSlow"]}, "has no effect with monitoring.prometheus none"),
        (
            INSIDE,
            {"prometheus": "existing", "excludeRules": ["EtcdDiskFast"]},
            "EtcdDiskFast is no rule; there are Mil",
        ),
        (INSIDE, {"prometheus": "existing", "labels": {"a b": "c"}}, "a b"),
        (INSIDE, {"prometheus": "existing", "labels": {"a": "no spaces"}}, "no spaces"),
        (INSIDE, {"prometheus": "managed"}, "none"),
    ],
)
def test_what_cannot_be_is_refused(milvus: dict[str, object], monitoring: dict[str, object], said: str) -> None:
    found = problems({**AWS, "milvus": milvus, "monitoring": monitoring})
    assert said in str(found)
