"""Components that settings may leave out."""

from collections.abc import Callable
from typing import TypeVar

import pulumi

Args = TypeVar("Args")
Component = TypeVar("Component", bound=pulumi.ComponentResource)


def maybe(
    component: Callable[[str, Args, pulumi.ResourceOptions], Component],
    name: str,
    args: Args | None,
    opts: pulumi.ResourceOptions,
) -> Component | None:
    """The component, or None where the settings want none, of which the missing arguments tell."""
    return None if args is None else component(name, args, opts)
