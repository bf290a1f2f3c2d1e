"""The emulated pulumi-random: values that are generated once and kept in the state."""

import secrets
import string
from collections.abc import Sequence
from typing import Any

from rehearsal.cloud import replacing
from rehearsal.cloud.resource import Resource
from rehearsal.protocol.wire import Properties
from rehearsal.providers.package import Configuration
from rehearsal.providers.provider import Provider

# hashicorp/terraform-provider-random, internal/random/string.go
SPECIAL = "!@#$%&*()-_=+[]{}<>:?"
CLASSES = {
    "lower": string.ascii_lowercase,
    "upper": string.ascii_uppercase,
    "numeric": string.digits,
    "special": SPECIAL,
}
PASSWORD = "random:index/randomPassword:RandomPassword"  # noqa: S105 - a type


class Random(Provider):
    """The emulated random provider."""

    package = "random"

    def forcing(self, type_: str, old_inputs: Properties, new_inputs: Properties) -> Sequence[str]:
        return replacing.RANDOM

    def identify(self, resource: Resource) -> str:
        return f"none-{secrets.token_hex(4)}" if resource.type == PASSWORD else secrets.token_hex(8)

    def computed(self, resource: Resource, configuration: Configuration) -> Properties:
        match resource.type.rsplit(":", 1)[-1]:
            case "RandomPassword" | "RandomString":
                return {"result": _text(resource.inputs)}
            case "RandomId" | "RandomBytes":
                raw = secrets.token_bytes(resource.inputs.get("byteLength", resource.inputs.get("length", 8)))
                return {"hex": raw.hex(), "dec": str(int.from_bytes(raw, "big"))}
            case "RandomPet":
                return {"id": f"brave-{secrets.token_hex(3)}"}
            case _:
                return {}


def _text(inputs: dict[str, Any]) -> str:
    """Random text with the classes of characters that the inputs ask for."""
    used = {name: letters for name, letters in CLASSES.items() if inputs.get(name, True)}
    if "special" in used and inputs.get("overrideSpecial"):
        used["special"] = inputs["overrideSpecial"]
    required = [
        secrets.choice(letters)
        for name, letters in used.items()
        for _ in range(inputs.get(f"min{name.capitalize()}", 0))
    ]
    every = "".join(used.values())
    rest = [secrets.choice(every) for _ in range(inputs["length"] - len(required))]
    letters = required + rest
    secrets.SystemRandom().shuffle(letters)
    return "".join(letters)
