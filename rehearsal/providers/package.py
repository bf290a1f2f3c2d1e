"""The behaviour in which packages differ, with defaults for all types about which a package says nothing."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from rehearsal.cloud.resource import Resource
from rehearsal.protocol.wire import Properties


@dataclass
class Configuration:
    """Configuration of one explicit or default provider."""

    values: Properties = field(default_factory=Properties)
    region: str = ""
    account: str = ""
    server: str = ""
    default_tags: dict[str, str] = field(default_factory=dict[str, str])


class Package:
    """Hooks of the protocol (provider.py), which aws.py, kubernetes.py, random.py and eks.py implement."""

    package: str
    on_update: dict[str, Sequence[str]] = {}
    """Outputs, by type, that every update increases."""

    def configuration(self, values: Properties) -> Configuration:
        """Parses a provider's configuration. Raises Refused if it is not usable."""
        return Configuration(values)

    def complete(
        self, type_: str, name: str, new_inputs: Properties, old_inputs: Properties, suffix: Callable[[int], str]
    ) -> None:
        """Adds defaults and generated names to `new_inputs`. `suffix(digits)` is random, but the same on every call."""

    def judged(self, type_: str, inputs: Properties, configuration: Configuration) -> list[tuple[str, str]]:
        """Property and reason of every input that what the cloud's owner publishes rules out."""
        return []

    def forcing(self, type_: str, old_inputs: Properties, new_inputs: Properties) -> Sequence[str]:
        """Paths of inputs whose change replaces the resource."""
        return ()

    def elsewhere(self, old_inputs: Properties, new_inputs: Properties) -> Sequence[str]:
        """Keys of the configuration that now mean another place, so that all resources of the provider are replaced."""
        return ()

    def takes_its_name(self, type_: str, old_inputs: Properties, new_inputs: Properties) -> bool:
        """Whether a replacement cannot exist beside the old resource, because both would have the same name."""
        return False

    def identify(self, resource: Resource) -> str:
        """The id of a new resource."""
        raise NotImplementedError

    def computed(self, resource: Resource, configuration: Configuration) -> Properties:
        """Outputs that are not inputs, without marks."""
        return {}

    def partly_computed(self, type_: str) -> dict[str, Sequence[str]]:
        """Keys, by property, that the cloud adds to an object of the program's."""
        return {}

    def known_early(self, inputs: Properties, configuration: Configuration) -> Properties:
        """Computed outputs that are known in a preview."""
        return {}

    def delete_again(self, type_: str, id_: str) -> None:
        """Deletes a resource that no longer exists, which is no error unless a provider raises Refused."""

    def invoke(self, token: str, arguments: Properties, configuration: Configuration) -> Properties:
        """Calls a function. Raises LookupError if it is not emulated, Refused if the cloud refuses the call."""
        raise LookupError(token)
