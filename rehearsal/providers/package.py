"""What a package says of its types, and what holds for those of which it says nothing."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from rehearsal.cloud.cloud import Resource
from rehearsal.protocol.wire import Properties


@dataclass
class Configuration:
    """Of one explicit or default provider."""

    values: Properties = field(default_factory=Properties)
    region: str = ""
    account: str = ""
    server: str = ""
    default_tags: dict[str, str] = field(default_factory=dict[str, str])


class Package:
    """The questions that the protocol (provider.py) asks; aws.py, kubernetes.py, random.py and eks.py answer them."""

    package: str
    on_update: dict[str, Sequence[str]] = {}
    """By type: outputs that every update changes."""

    def configuration(self, values: Properties) -> Configuration:
        """Raises Refused if nothing can be done with it."""
        return Configuration(values)

    def complete(
        self, type_: str, name: str, new_inputs: Properties, old_inputs: Properties, suffix: Callable[[int], str]
    ) -> None:
        """Puts defaults and names into the inputs; `suffix(digits)` is random, and the same when it is asked again."""

    def forcing(self, type_: str, old_inputs: Properties, new_inputs: Properties) -> Sequence[str]:
        """Paths whose change replaces."""
        return ()

    def elsewhere(self, old_inputs: Properties, new_inputs: Properties) -> Sequence[str]:
        """Keys of the configuration that now mean another place: everything by it is made anew."""
        return ()

    def takes_its_name(self, type_: str, old_inputs: Properties, new_inputs: Properties) -> bool:
        """Whether a replacement cannot stand beside the old one, for both would have the same name."""
        return False

    def identify(self, resource: Resource) -> str:
        raise NotImplementedError

    def computed(self, resource: Resource, configuration: Configuration) -> Properties:
        """Outputs that are not inputs, plain."""
        return {}

    def partly_computed(self, type_: str) -> dict[str, Sequence[str]]:
        """By property: what the cloud adds inside of an object that the program gives."""
        return {}

    def known_early(self, inputs: Properties, configuration: Configuration) -> Properties:
        """Outputs that a preview knows."""
        return {}

    def delete_again(self, type_: str, id_: str) -> None:
        """Of what is gone already: "not found" is what was wanted. Raises Refused where a provider minds."""

    def invoke(self, token: str, arguments: Properties, configuration: Configuration) -> Properties:
        """Raises LookupError for a function that is not emulated, Refused for what the cloud refuses."""
        raise LookupError(token)
