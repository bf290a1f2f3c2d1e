"""Defines custom resources in an API server, and waits until it serves them."""

import time
from pathlib import Path

import yaml

from rehearsal.cloud.resource import dig
from testbed.kubernetes.api import HELM, Api, ApiError, Object

OURS = Path(__file__).with_name("definitions.yaml")
SECONDS = 10
"""Limit until the API server serves a new kind, which takes half a second."""


def define(api: Api) -> None:
    """Brings the custom resources that the program creates into an API server."""
    definitions: list[Object] = yaml.safe_load(OURS.read_text(encoding="utf-8"))
    for definition in definitions:
        api.apply(definition, manager=HELM)  # so that a chart's own definition may take its place
    for definition in definitions:
        await_served(api, definition)


def await_served(api: Api, definition: Object) -> None:
    """Returns once the kind of a definition can be created. Raises ApiError."""
    end = time.monotonic() + SECONDS
    path = api.path(definition)
    while time.monotonic() < end:
        conditions: list[dict[str, str]] = dig(api.ask("GET", path), "status.conditions") or []
        established = any(each["type"] == "Established" and each["status"] == "True" for each in conditions)
        if established and all(_is_listed(api, definition, each["name"]) for each in definition["spec"]["versions"]):
            return
        time.sleep(0.1)
    raise ApiError(f"{definition['metadata']['name']} is not served after {SECONDS} s", 503)


def _is_listed(api: Api, definition: Object, version: str) -> bool:
    """Whether the server lists the kind, which it does a moment after the kind is established."""
    spec = definition["spec"]
    answer = api.request("GET", f"/apis/{spec['group']}/{version}")
    listed: list[dict[str, str]] = dig(answer.body, "resources") or []
    return spec["names"]["plural"] in [each["name"] for each in listed]
