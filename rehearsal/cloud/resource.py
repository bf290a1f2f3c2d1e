"""A resource in the emulated cloud, and what it relies on. Left out: the cloud that holds them (cloud.py)."""

from dataclasses import dataclass, field

from rehearsal.protocol.wire import Properties, Value


@dataclass
class Resource:
    """One resource in the cloud. Its properties have the names of the provider's schema, and no secret marks."""

    type: str
    id: str
    urn: str = ""
    """URN of the resource in the program; empty if it existed before, or if AWS itself created it."""
    inputs: Properties = field(default_factory=Properties)
    outputs: Properties = field(default_factory=Properties)
    region: str = ""
    account: str = ""
    server: str = ""
    """Address of the API server of a Kubernetes object; empty for other resources."""
    owner: str = ""
    """Key of the resource for which AWS created this one, and with which it is deleted."""
    foreign: bool = False
    """True if the resource belongs to somebody else, so that its existence after a destroy is no error."""
    outlives: bool = False
    """Whether it rightly stays after a destroy, because AWS would make it again, or lets nobody delete it."""

    @property
    def key(self) -> str:
        return f"{self.type}={self.id}"

    @property
    def name(self) -> str:
        """Name of the resource in the program, or else its id, for messages."""
        return self.urn.rsplit("::", 1)[-1] or self.id

    def __getitem__(self, path: str) -> Value:
        """The output, or else the input, at a path of keys with dots; None if any of the keys is missing."""
        for properties in (self.outputs, self.inputs):
            value = dig(properties, path)
            if value is not None:
                return value
        return None


def dig(value: Value, path: str) -> Value:
    """The part of a value at a path of keys with dots; None if any of the keys is missing."""
    for key in path.split("."):
        value = value.get(key) if isinstance(value, dict) else None  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType] - JSON
    return value  # pyright: ignore[reportUnknownVariableType] - JSON


def parts(value: Value) -> Properties:
    """The value if it is an object, or else an empty object."""
    return value if isinstance(value, dict) else {}  # pyright: ignore[reportUnknownVariableType] - JSON


@dataclass(frozen=True)
class Reliance:
    """States that the resource `needing` works only if `needed` exists before it and is deleted
    after it; both are URNs."""

    needing: str
    needed: str
    why: str
    rule: str = ""
    """The rule that says so, and its source."""
