"""Numbers that a user may set in place of those derived from the workload.

They are plain dataclasses for the same reason as Workload: planning starts without pydantic. Node types cannot be
overridden: capacity.py chooses them for the overridden numbers.
"""

from dataclasses import dataclass
from typing import Annotated, Any, ClassVar

from annotated_types import Ge, Le

from planning.workload import Workload


@dataclass(frozen=True, kw_only=True)
class RoleOverride:
    """Overrides for one Milvus role. None keeps the derived number."""

    __pydantic_config__: ClassVar[dict[str, Any]] = Workload.__pydantic_config__

    replicas: Annotated[int, Ge(1), Le(1000)] | None = None
    """Pods."""
    cpu: Annotated[float, Ge(0.1), Le(64)] | None = None
    """Cores at most for each pod; requested is a share of it, see docs/sizing.md."""
    memory_gib: Annotated[float, Ge(0.5), Le(512)] | None = None
    """GiB for each pod, requested and at most."""


@dataclass(frozen=True, kw_only=True)
class BrokerOverride:
    """Overrides for Kafka's brokers. None keeps the derived number."""

    __pydantic_config__: ClassVar[dict[str, Any]] = Workload.__pydantic_config__

    instance_type: str | None = None
    """One of planning/kafka.py's TYPES."""
    brokers_per_zone: Annotated[int, Ge(1), Le(20)] | None = None
    """Brokers in each zone."""
    storage_gib: Annotated[int, Ge(1), Le(16_384)] | None = None
    """GiB for each broker."""


AS_DERIVED = RoleOverride()
BROKERS_AS_DERIVED = BrokerOverride()
