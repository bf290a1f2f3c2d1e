"""The one question that the emulated cloud asks of all that AWS publishes: would it take these inputs?"""

from rehearsal.protocol.wire import Properties
from rehearsal.published import documented, limits


def problems(type_: str, inputs: Properties) -> list[tuple[str, str]]:
    """Property and reason of every value that AWS would refuse; a property is named once by each source."""
    return list(dict.fromkeys([*limits.problems(type_, inputs), *documented.problems(type_, inputs)]))
