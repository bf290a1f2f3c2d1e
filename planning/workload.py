"""Describes the data that the database must hold, which is the input of every planning function.

It is a plain dataclass, so that `make size` starts without pydantic; settings/ validates its annotations.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Literal, cast, get_args, get_origin, get_type_hints

from annotated_types import Ge, Le

Index = Literal["FLAT", "IVF_FLAT", "IVF_SQ8", "IVF_RABITQ", "SCANN", "HNSW", "DISKANN"]


def camel(name: str) -> str:
    """The YAML spelling of a Python name: `scalar_bytes` becomes `scalarBytes`."""
    head, *rest = name.split("_")
    return head + "".join(word.capitalize() for word in rest)


@dataclass(frozen=True, kw_only=True)
class Workload:
    """Vectors are float32; the limits are those of Milvus and of its official sizing tool (milvus.io/tools/sizing)."""

    __pydantic_config__: ClassVar[dict[str, Any]] = {
        "extra": "forbid",
        "alias_generator": camel,
        "use_attribute_docstrings": True,
    }

    vectors: Annotated[int, Ge(1), Le(100_000_000_000)]
    """Rows to hold, over all collections."""
    dimension: Annotated[int, Ge(2), Le(32_768)]
    """Numbers in each vector."""
    index: Index = "HNSW"
    """Index of the vector field."""
    scalar_bytes: Annotated[int, Ge(0), Le(1_048_576)] = 0
    """Average bytes of the scalar fields (key, text, metadata) in each row."""
    replicas: Annotated[int, Ge(1), Le(16)] = 1
    """In-memory replicas of the data on the query nodes: more searches a second, and none lost with a node."""
    growth: Annotated[float, Ge(1), Le(100)] = 1.0
    """How many times `vectors` the deployment must hold before it is resized."""
    mmap: bool = False
    """Keep scalar fields on local disk and only a tenth of them in memory."""
    raw_data: bool = True
    """SCANN only: keep the raw vectors beside the quantized ones."""
    hnsw_m: Annotated[int, Ge(2), Le(2048)] = 30
    """HNSW only: links of each graph node in each layer (`M`)."""
    nlist: Annotated[int, Ge(1), Le(65_536)] = 128
    """IVF indexes only: number of clusters."""
    max_degree: Annotated[int, Ge(1), Le(512)] = 56
    """DISKANN only: links of each graph node."""
    refine_bits: Literal[0, 6, 8, 16, 32] = 0
    """IVF_RABITQ only: bits kept for each dimension to refine results."""
    segment_mib: Annotated[int, Ge(64), Le(8192)] = 1024
    """Size of a sealed segment."""


def faults(values: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    """Names of fields with what is wrong with their values, for callers without pydantic."""
    for name, kind in get_type_hints(Workload, include_extras=True).items():
        if name not in values or get_origin(kind) is ClassVar:
            continue
        value = values[name]
        if get_origin(kind) is Literal and value not in get_args(kind):
            yield name, f"is {value}; use one of {', '.join(str(item) for item in get_args(kind))}"
        for bound in getattr(kind, "__metadata__", ()):
            if isinstance(value, int | float):
                if isinstance(bound, Ge) and value < cast("float", bound.ge):
                    yield name, f"is {value}; at least {bound.ge}"
                if isinstance(bound, Le) and value > cast("float", bound.le):
                    yield name, f"is {value}; at most {bound.le}"
