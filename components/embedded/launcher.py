"""Runs `milvus-lite server` so that it behaves as Milvus does, as far as its engine can. launching.py starts this file.

What Milvus refuses is refused with Milvus' words, and what Milvus takes is translated into what the engine knows. What
remains different is in differences.py. It imports nothing of this project, which may be changed while it runs.
"""

import json
import logging
import os
import re
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterable
from importlib import import_module
from pathlib import Path
from typing import Any

import grpc
import numpy as np

NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,254}")
MESSAGE_BYTES = 64 << 20
"""Milvus' longest message (proxy.grpc.serverMaxRecvSize). Milvus Lite takes 256 MiB."""
VARCHAR_BYTES, DIMENSION, WINDOW = 65_535, 32_768, 16_384
"""Milvus' longest VARCHAR, most dimensions, most rows of an answer (quotaAndLimits.limits.maxQueryResultWindow)."""
RELEASED = "released"
"""File in a collection's folder: a client has released it, so that it stays released after a restart."""
INVALID = 1100
"""Milvus' code of an invalid parameter."""
FALLBACKS = {"SPARSE_WAND": "SPARSE_INVERTED_INDEX", "STL_SORT": "INVERTED", "TRIE": "INVERTED", "BITMAP": "INVERTED"}
"""Indexes that the engine does not know, and the ones that find the same."""

common: Any = import_module("pymilvus.grpc_gen.common_pb2")
messages: Any = import_module("pymilvus.grpc_gen.milvus_pb2")
schemas: Any = import_module("pymilvus.grpc_gen.schema_pb2")
lite: Any = import_module("milvus_lite.adapter.grpc.servicer")
Collection: Any = import_module("milvus_lite.engine.collection").Collection


class RefusedError(Exception):
    """Milvus refuses such a request; the message is Milvus' own."""


class Servicer(lite.MilvusServicer):
    """Milvus Lite's answers, and before each what Milvus would do to the request."""

    def AllocTimestamp(self, request: Any, context: Any) -> Any:  # noqa: N802 - gRPC's name
        """A hybrid timestamp: milliseconds, and 18 bits of counter.

        3.2.2 lacks this call, which AsyncMilvusClient, on which OGX is built, makes when it creates an index.
        """
        return messages.AllocTimestampResponse(timestamp=int(time.time() * 1000) << 18)

    def rows(self, request: Any, context: Any) -> None:
        """Checks what is inserted."""
        if (size := request.ByteSize()) > MESSAGE_BYTES:
            context.abort(
                grpc.StatusCode.RESOURCE_EXHAUSTED,
                f"grpc: received message larger than max ({size} vs. {MESSAGE_BYTES})",
            )
        fields = {field.name: field for field in self._get_collection(request, context).schema.fields}
        for data in request.fields_data:
            if data.field_name in fields:
                check_values(data, fields[data.field_name])

    def index(self, request: Any, context: Any) -> None:
        """Fills in what Milvus would choose, and translates indexes that find the same."""
        params = {each.key: each for each in request.extra_params}
        collection = self._get_collection(request, context)
        kinds = [field.dtype.name for field in collection.schema.fields if field.name == request.field_name]
        vector, sparse = "FLOAT_VECTOR" in kinds, "SPARSE_FLOAT_VECTOR" in kinds
        asked = params["index_type"].value.upper() if "index_type" in params else ""
        chosen = FALLBACKS.get(asked, asked or "AUTOINDEX")
        if chosen == "AUTOINDEX" and not vector:
            chosen = "SPARSE_INVERTED_INDEX" if sparse else "INVERTED"
        put(request.extra_params, "index_type", chosen)
        if (vector or sparse) and not (params["metric_type"].value if "metric_type" in params else ""):
            put(request.extra_params, "metric_type", collection.resolve_search_metric(request.field_name))

    def query(self, request: Any, context: Any) -> None:
        """Rows come in the order of their keys, so that paging by key skips none; Milvus' window holds."""
        request.expr = filled(request.expr, request.expr_template_values)
        params = {each.key: each.value for each in request.query_params}
        count = "count(*)" in request.output_fields
        if "limit" in params:
            window = int(params["limit"]) + int(params.get("offset", 0))
            if not 0 < window <= WINDOW:
                raise RefusedError(
                    f"invalid max query result window, (offset+limit) should be in range [1, {WINDOW}], "
                    f"but got {window}"
                )
            if "iterator" not in params:
                put(request.query_params, "iterator", "False")  # the engine orders by key for iterators alone
        elif not request.expr and not count:
            raise RefusedError("empty expression should be used with limit")

    def search(self, request: Any, context: Any) -> None:
        request.dsl = filled(request.dsl, request.expr_template_values)
        for each in request.search_params:
            if each.key == "topk" and not 0 < int(each.value) <= WINDOW:
                raise RefusedError(f"topk [{each.value}] is invalid, it should be in range [1, {WINDOW}]")

    def hybrid(self, request: Any, context: Any) -> None:
        for each in request.requests:
            self.search(each, context)

    def delete(self, request: Any, context: Any) -> None:
        request.expr = filled(request.expr, request.expr_template_values)

    def collection(self, request: Any, context: Any) -> None:
        """Checks a new collection and its fields."""
        check_name("collection", request.collection_name)
        schema = schemas.CollectionSchema.FromString(request.schema)
        for field in schema.fields:
            check_field(field)


def checked(kind: str, *fields: str) -> Callable[[Any, Any, Any], None]:
    """A check of the names in a request's fields."""

    def check(self: Any, request: Any, context: Any) -> None:
        for field in fields:
            check_name(kind, getattr(request, field))

    return check


CHECKS: dict[str, tuple[Callable[[Any, Any, Any], None], Any]] = {
    "Insert": (Servicer.rows, messages.MutationResult),
    "Upsert": (Servicer.rows, messages.MutationResult),
    "Delete": (Servicer.delete, messages.MutationResult),
    "Query": (Servicer.query, messages.QueryResults),
    "Search": (Servicer.search, messages.SearchResults),
    "HybridSearch": (Servicer.hybrid, messages.SearchResults),
    "CreateIndex": (Servicer.index, None),
    "CreateCollection": (Servicer.collection, None),
    "CreateDatabase": (checked("database", "db_name"), None),
    "CreatePartition": (checked("partition", "partition_name"), None),
    "CreateAlias": (checked("collection alias", "alias"), None),
    "RenameCollection": (checked("collection", "newName"), None),
}
"""What is done to a request before the engine has it, and the answer that carries a status, if it is not the answer."""


def guarded(name: str, check: Callable[[Any, Any, Any], None], answer: Any) -> Callable[[Any, Any, Any], Any]:
    """A call of Milvus Lite behind a check."""
    served = getattr(lite.MilvusServicer, name)

    def serve(self: Any, request: Any, context: Any) -> Any:
        try:
            check(self, request, context)
        except RefusedError as error:
            status = common.Status(code=INVALID, error_code=1, reason=f"{error}: invalid parameter")
            return answer(status=status) if answer else status
        except lite.MilvusLiteError:
            pass  # no such collection, and so on: the call itself says it
        return served(self, request, context)

    return serve


def check_name(kind: str, name: str) -> None:
    if not NAME.fullmatch(name):
        raise RefusedError(
            f"Invalid {kind} name: {name}. It can only contain numbers, letters and underscores, up to 255 of them, "
            "and must begin with a letter or an underscore"
        )


def check_field(field: Any) -> None:
    check_name("field", field.name)
    params = {each.key: each.value for each in field.type_params}
    kind = schemas.DataType.Name(field.data_type)
    if kind == "VarChar" and not 0 < int(params.get("max_length") or 0) <= VARCHAR_BYTES:
        raise RefusedError(
            f"the maximum length specified for the field({field.name}) should be in (0, {VARCHAR_BYTES}], but got "
            f"{params.get('max_length', 'none')} instead"
        )
    if kind == "FloatVector" and not 2 <= int(params.get("dim") or 0) <= DIMENSION:
        raise RefusedError(
            f"invalid dimension: {params.get('dim', 'none')} of field {field.name}. float vector dimension should be "
            f"in range 2 ~ {DIMENSION}"
        )


def check_values(data: Any, field: Any) -> None:
    """Checks the values of one field of inserted rows."""
    kind = field.dtype.name
    if kind == "FLOAT_VECTOR" and not np.isfinite(np.asarray(data.vectors.float_vector.data, np.float32)).all():
        raise RefusedError(f"field {field.name}: value 'NaN' or 'Inf' is not a number")
    if kind == "JSON":
        check_lengths("json field", field.name, data.scalars.json_data.data, 65_536)
    if kind == "VARCHAR" and field.max_length:
        texts = (text.encode() for text in data.scalars.string_data.data)
        check_lengths("varchar field", field.name, texts, field.max_length)
    if kind == "ARRAY":
        for row in data.scalars.array_data.data:
            texts = (text.encode() for text in row.string_data.data)
            if field.max_length:
                check_lengths("varchar array field", field.name, texts, field.max_length)


def check_lengths(kind: str, name: str, values: Iterable[bytes], longest: int) -> None:
    """Refuses what is too long; lengths are of bytes."""
    for row, value in enumerate(values):
        if len(value) > longest:
            raise RefusedError(
                f"length of {kind} {name} exceeds max length, row number: {row}, length: {len(value)}, "
                f"max length: {longest}"
            )


def put(pairs: Any, key: str, value: str) -> None:
    """Sets a pair of a request's list."""
    pair = next((each for each in pairs if each.key == key), None) or pairs.add(key=key)
    pair.value = value


def filled(expression: str, values: Any) -> str:
    """A filter with its template's values in it. Braces within quotes are text."""

    def value(found: re.Match[str]) -> str:
        return literal(values[found[1]]) if found[1] and found[1] in values else found[0]

    quoted = r'"(?:\\.|[^"\\])*"|' + r"'(?:\\.|[^'\\])*'"
    return re.sub(quoted + r"|\{\s*(\w+)\s*\}", value, expression) if len(values) else expression


def literal(value: Any) -> str:
    """A template's value as a filter writes it."""
    kind = value.WhichOneof("val" if hasattr(value, "bool_val") else "data")
    content = getattr(value, kind)
    if kind == "array_val":
        return literal(content)
    if hasattr(content, "data"):  # an array of values, or of arrays
        return f"[{', '.join(literal(each) if hasattr(each, 'DESCRIPTOR') else text(each) for each in content.data)}]"
    return text(content)


def text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else json.dumps(value, ensure_ascii=False)


def mend_engine() -> None:
    """Changes the engine where a request can't."""
    tuned, made, load, release = (
        getattr(Collection, name) for name in ("_validate_sparse_tuning", "__init__", "load", "release")
    )

    def sparse_tuning(field: Any, metric: Any, params: Any) -> None:
        """Takes settings that trade recall for speed: the engine finds all there is without them."""
        approximate = ("drop_ratio_build", "drop_ratio_search", "inverted_index_algo")
        tuned(field, metric, {key: value for key, value in params.items() if key not in approximate})

    def loaded(self: Any) -> None:
        load(self)
        Path(self.data_dir, RELEASED).unlink(missing_ok=True)

    def released(self: Any) -> None:
        release(self)
        if self.load_state == "released":
            Path(self.data_dir, RELEASED).touch()

    def opened(self: Any, *arguments: Any, **named: Any) -> None:
        """Opens a collection as it was left: Milvus loads again what was loaded before a restart."""
        made(self, *arguments, **named)
        if self.load_state == "released" and not Path(self.data_dir, RELEASED).exists():
            try:
                load(self)
            except Exception:
                logging.exception("collection %s can't be loaded again", self.name)

    Collection._validate_sparse_tuning = staticmethod(sparse_tuning)
    Collection.load, Collection.release, Collection.__init__ = loaded, released, opened


def main() -> Any:
    """Runs the server that a line of standard input asks for, once its record is written. It ends if its starter does
    before a second line, which comes when it has answered: no server runs that nobody knows of."""
    if not (line := sys.stdin.readline()):
        sys.exit("nobody knows of this process: who started it has ended")
    threading.Thread(target=lambda: os.read(0, 1) or os._exit(1), daemon=True).start()
    asked = json.loads(line)
    for stream in (sys.stdout, sys.stderr):
        os.dup2(os.open(asked["log"], os.O_WRONLY | os.O_APPEND), stream.fileno())
    sys.argv[1:] = asked["arguments"]
    logging.basicConfig(level=asked["log_level"], format="%(asctime)s %(levelname)s %(name)s %(message)s")
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # milvus-lite closes its files on KeyboardInterrupt alone
    for name, (check, answer) in CHECKS.items():
        setattr(Servicer, name, guarded(name, check, answer))
    mend_engine()
    server: Any = import_module("milvus_lite.adapter.grpc.server")
    server.MilvusServicer = Servicer
    return import_module("milvus_lite.cmdline").main()


if __name__ == "__main__":
    sys.exit(main())
