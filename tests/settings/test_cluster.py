"""Settings of EKS."""

from typing import Any

import pytest

from tests.settings.written import AWS, Wrong, problems

WRONG: list[Wrong] = [
    ({**AWS, "cluster": {"version": "1.29"}}, "cluster.version", "Use 1.33, 1.34, 1.35, 1.36."),
    (
        {**AWS, "cluster": {"publicAccessCidrs": ["0.0.0.0/0"]}},
        "cluster.publicAccessCidrs[0]",
        "open to the whole internet",
    ),
    (
        {**AWS, "cluster": {"publicAccessCidrs": ["198.51.100.0/24", "10.1.0.0/16"]}},
        "cluster.publicAccessCidrs[1]",
        "10.1.0.0/16: EKS refuses private networks here",
    ),
    ({**AWS, "cluster": {"logDays": 8}}, "cluster.logDays", "8 is not allowed: one of 1, 3, 5, 7"),
    ({**AWS, "cluster": {"architectures": []}}, "cluster.architectures", "at least 1 entries"),
    ({**AWS, "cluster": {"architectures": ["arm"]}}, "cluster.architectures[0]", "one of arm64, x86_64."),
    (
        {**AWS, "cluster": {"addonVersions": {"calico": "v1.0.0-eksbuild.1"}}},
        "cluster.addonVersions",
        "calico: not an add-on that",
    ),
    (
        {**AWS, "cluster": {"addonVersions": {"coredns": "latest"}}},
        "cluster.addonVersions.coredns",
        '"latest" is not allowed: a version such as v1.20.1-eksbuild.1',
    ),
    ({**AWS, "cluster": {"permissionsBoundary": "x"}}, "cluster.permissionsBoundary", "the ARN of an IAM policy"),
    (
        {**AWS, "cluster": {"accessEntries": {"ops": {"principalArn": "me"}}}},
        "cluster.accessEntries.ops.principalArn",
        '"me" is not allowed: the ARN of an IAM role or user',
    ),
]


@pytest.mark.parametrize(("written", "key", "text"), WRONG, ids=[key for _, key, _ in WRONG])
def test_a_wrong_setting_is_refused_with_its_key_its_value_and_what_is_allowed(
    written: dict[str, Any], key: str, text: str
) -> None:
    assert text in problems(written)[key]
