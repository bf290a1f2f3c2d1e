"""One operation of Milvus' clients, and what comes of it on each server: the rows of the table in docs/consumers.md.

Each function of the modules beside it does the operation and returns what came
of it as text, or None if that it was taken is all there is to say.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from typing import Any, TypeAlias

from pymilvus import DataType, MilvusClient

TAKEN, REFUSED, MISSING = "taken", "refused", "`UNIMPLEMENTED`"
CALL_SECONDS = 60


class Target:
    """A server that operations are tried on."""

    numbers = count()

    def __init__(self, uri: str, token: str, restart: Callable[[], None]) -> None:
        self.uri, self.token, self._restart = uri, token, restart
        self.client = self.connected()

    def connected(self, database: str = "", token: str | None = None) -> Any:
        """A client with a connection of its own."""
        client_type: Any = MilvusClient
        given = self.token if token is None else token
        return client_type(self.uri, token=given, db_name=database, dedicated=True, timeout=CALL_SECONDS)

    def stop_and_start(self) -> None:
        self.client.close()
        self._restart()
        self.client = self.connected()

    def name(self) -> str:
        """A new name for a collection, a database, a user."""
        return f"behaviour_{next(self.numbers)}"

    def made(
        self,
        *fields: tuple[Any, ...],
        key: DataType = DataType.INT64,
        auto_id: bool = False,
        dynamic: bool = False,
        index: dict[str, Any] | None = None,
        load: bool = True,
        **options: Any,
    ) -> str:
        """A new collection with a key, a vector of four numbers, and more fields: name, type and parameters of each.

        It has an index (`index` names another one), and is loaded unless `load` is false.
        """
        name = self.name()
        schema = self.client.create_schema(auto_id=auto_id, enable_dynamic_field=dynamic, **options)
        schema.add_field("id", key, is_primary=True, **({"max_length": 36} if key == DataType.VARCHAR else {}))
        schema.add_field("v", DataType.FLOAT_VECTOR, dim=4)
        for field_name, kind, *parameters in fields:
            schema.add_field(field_name, kind, **(parameters[0] if parameters else {}))
        self.client.create_collection(name, schema=schema, consistency_level="Strong")
        if load:
            self.index(name, **(index or {"index_type": "FLAT", "metric_type": "L2"}))
            self.client.load_collection(name, timeout=CALL_SECONDS)
        return name

    def index(self, name: str, of: str = "v", **parameters: Any) -> None:
        """Makes an index of a field."""
        indexes = self.client.prepare_index_params()
        indexes.add_index(of, **parameters)
        self.client.create_index(name, indexes, timeout=CALL_SECONDS)

    def keys(self, name: str, expression: str, **options: Any) -> list[Any]:
        """Keys of the rows that a filter finds, in order."""
        found = self.client.query(name, filter=expression, output_fields=["id"], **options)
        return sorted(each["id"] for each in found)


@dataclass(frozen=True, kw_only=True)
class Operation:
    """A row of the table."""

    title: str
    room: str
    local: str
    """What Milvus Lite behind our launcher answers."""
    older: str
    """What Milvus 2.3.5 answers, which the testbed runs."""
    newer: str
    """What the documentation of Milvus 2.6 says."""
    said: str
    """What a refusal says, so that one for another reason is none. A regular expression."""
    alone: bool
    """Whether no other operation may be tried at the same time."""
    run: Callable[[Target], str | None] = field(repr=False)

    def tried(self, target: Target) -> str:
        """What comes of the operation on a server."""
        try:
            return self.run(target) or TAKEN
        except Exception as error:
            text = " ".join(f"{error} {error.__cause__ or ''}".split())
            if "StatusCode.UNIMPLEMENTED" in text:
                return MISSING
            return REFUSED if self.said and re.search(self.said, text, re.I) else f"{type(error).__name__}: {text}"

    @property
    def differs(self) -> bool:
        """Whether the local server and Milvus 2.6 answer differently."""
        return self.local != self.newer


Run: TypeAlias = Callable[[Target], str | None]
OPERATIONS: list[Operation] = []


class Room:
    """A part of the table. Called, it makes a function a row of it."""

    def __init__(self, title: str) -> None:
        self._title = title

    def __call__(
        self,
        title: str,
        *,
        local: str = TAKEN,
        older: str = TAKEN,
        newer: str = TAKEN,
        said: str = "",
        alone: bool = False,
    ) -> Callable[[Run], Run]:
        def add(run: Run) -> Run:
            OPERATIONS.append(
                Operation(
                    title=title,
                    room=self._title,
                    local=local,
                    older=older,
                    newer=newer,
                    said=said,
                    alone=alone,
                    run=run,
                )
            )
            return run

        return add
