"""Runs the real program, `__main__.py`, with the settings of a stack, and records what it registers."""

import runpy
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import Any

from settings import stack_file
from settings.stack_file import as_pulumi_hands_over
from tests.components.clouds import ANSWERS, OUTPUTS
from tests.components.recording import Recording, Resource, record
from tests.engine import ROOT

ACCOUNT = "123456789012"


def configuration(stack: str, **changed: Any) -> dict[str, str]:
    """Configuration in `Pulumi.<stack>.yaml`, with `changed` keys, as Pulumi passes it: objects are JSON."""
    written = stack_file.configuration(ROOT / f"Pulumi.{stack}.yaml")
    return as_pulumi_hands_over(written | {f"milvus-on-aws:{key}": value for key, value in changed.items()})


def run(
    stack: str, *, preview: bool = False, answers: Mapping[str, Any] = MappingProxyType({}), **changed: Any
) -> Recording:
    """Runs the program. `answers` are AWS' answers to further calls, by the function's token."""

    def balancer(resource: Resource) -> dict[str, str]:
        kind = {"network": "net", "application": "app"}[resource.inputs["loadBalancerType"]]
        return {
            "arnSuffix": f"{kind}/{resource.name}/50dc6c495c0c9188",
            "dnsName": f"{resource.name}.elb.us-east-1.amazonaws.com",
            "zoneId": "Z26RNL4JYFTOTI",
        }

    written = configuration(stack, **changed)

    def program() -> None:
        runpy.run_path(str(ROOT / "__main__.py"), run_name="__main__")

    return record(
        program,
        outputs={**OUTPUTS, "aws:lb/loadBalancer:LoadBalancer": balancer},
        answers={
            **ANSWERS,
            "aws:index/getCallerIdentity:getCallerIdentity": {"accountId": ACCOUNT},
            "aws:index/getAvailabilityZones:getAvailabilityZones": zones(written.get("milvus-on-aws:region", "")),
            **answers,
        },
        configuration=written,
        stack_name=stack,
        preview=preview,
    )


def zones(region: str, letters: str = "abcdef") -> dict[str, Any]:
    """What AWS answers to the question which zones an account has."""
    names = [region + letter for letter in letters]
    return {"names": names, "zoneIds": [f"id-of-{name}" for name in names]}


@cache
def stack(name: str) -> Recording:
    """Recording of `dev` or `prod` with the settings in the repository."""
    return run(name)
