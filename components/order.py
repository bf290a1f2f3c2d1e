"""An order that no property shows."""

from typing import Any

import pulumi


def known_after(value: pulumi.Input[str], *needed: pulumi.Input[Any]) -> pulumi.Output[str]:
    """The value; who uses it waits for all that is needed, and on destroy goes before it."""
    return pulumi.Output.all(value, *needed).apply(lambda known: str(known[0]))


def made_after(parent: pulumi.Resource, *needed: pulumi.Resource, protect: bool = False) -> pulumi.ResourceOptions:
    """Options of a child that waits for others of which it needs no value."""
    return pulumi.ResourceOptions(parent=parent, depends_on=needed, protect=protect)
