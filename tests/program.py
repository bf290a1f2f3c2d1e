"""The real program, `__main__.py` with a stack's own settings, under the recording monitor."""

import json
import runpy
from collections.abc import Mapping
from functools import cache
from typing import Any

import yaml

from tests.components.clouds import OUTPUTS
from tests.components.recording import Answer, Recording, Resource, record
from tests.engine import ROOT

ACCOUNT = "123456789012"


def configuration(stack: str, **changed: Any) -> dict[str, str]:
    """What Pulumi hands over for `Pulumi.<stack>.yaml`, with some keys changed: objects as JSON."""
    written: dict[str, Any] = yaml.safe_load((ROOT / f"Pulumi.{stack}.yaml").read_text())["config"]
    settings = {**written, **{f"milvus-on-aws:{key}": value for key, value in changed.items()}}
    return {key: value if isinstance(value, str) else json.dumps(value) for key, value in settings.items()}


def run(stack: str, *, preview: bool = False, answers: Mapping[str, Answer] | None = None, **changed: Any) -> Recording:
    """`changed` are whole keys of the stack's settings; `answers` what AWS says to the program's look-ups."""

    def balancer(resource: Resource) -> dict[str, str]:
        return {"dnsName": f"{resource.name}.elb.us-east-1.amazonaws.com", "zoneId": "Z26RNL4JYFTOTI"}

    def program() -> None:
        runpy.run_path(str(ROOT / "__main__.py"), run_name="__main__")

    return record(
        program,
        outputs={**OUTPUTS, "aws:lb/loadBalancer:LoadBalancer": balancer},
        answers={"aws:index/getCallerIdentity:getCallerIdentity": {"accountId": ACCOUNT}, **(answers or {})},
        configuration=configuration(stack, **changed),
        stack_name=stack,
        preview=preview,
    )


@cache
def stack(name: str) -> Recording:
    """`dev` or `prod`, as checked in."""
    return run(name)
