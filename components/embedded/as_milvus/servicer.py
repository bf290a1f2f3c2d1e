"""Milvus Lite's answers, and before each what Milvus would do to the request."""

import functools
import time
from collections.abc import Callable
from typing import Any

import grpc

from components.embedded.as_milvus import content, indexes, keeping
from components.embedded.as_milvus.filters import filled
from components.embedded.as_milvus.messages import RefusedError, common, lite, messages, put, schemas, values

MESSAGE_BYTES = 64 << 20
"""Milvus' longest message (proxy.grpc.serverMaxRecvSize). Milvus Lite takes 256 MiB."""
WINDOW = 16_384
"""Most rows of an answer, and most vectors of a search (quotaAndLimits.limits.maxQueryResultWindow, nq)."""
INVALID = 1100
"""Milvus' code of an invalid parameter."""
Call = Callable[[Any, Any, Any], Any]


def served(call: str, servicer: Any, request: Any, context: Any) -> Any:
    """What Milvus Lite itself answers."""
    return getattr(lite.MilvusServicer, call)(servicer, request, context)


def refusing(answer: Any = None) -> Callable[[Call], Call]:
    """Turns what a call refuses into its answer: one that carries a status, or the status itself."""

    def decorate(call: Call) -> Call:
        @functools.wraps(call)
        def serve(self: Any, request: Any, context: Any) -> Any:
            try:
                return call(self, request, context)
            except RefusedError as error:
                status = common.Status(code=INVALID, error_code=1, reason=f"{error}: invalid parameter")
                return answer(status=status) if answer else status
            except lite.MilvusLiteError:  # no such collection, and so on: Milvus Lite says it
                return served(call.__name__, self, request, context)

        return serve

    return decorate


def named(kind: str, field: str, call: str) -> Call:
    """A call of Milvus Lite whose request has a new name in one of its fields."""

    def check(self: Any, request: Any, context: Any) -> Any:
        content.check_name(kind, getattr(request, field))
        return served(call, self, request, context)

    check.__name__ = call
    return refusing()(check)


class Servicer(lite.MilvusServicer):
    """Milvus' interface."""

    CreateDatabase = named("database", "db_name", "CreateDatabase")
    CreatePartition = named("partition", "partition_name", "CreatePartition")
    CreateAlias = named("collection alias", "alias", "CreateAlias")
    RenameCollection = named("collection", "newName", "RenameCollection")

    def AllocTimestamp(self, request: Any, context: Any) -> Any:
        """A hybrid timestamp: milliseconds, and 18 bits of counter.

        3.2.2 lacks this call, which AsyncMilvusClient, on which OGX is built, makes when it creates an index.
        """
        return messages.AllocTimestampResponse(timestamp=int(time.time() * 1000) << 18)

    def FlushAll(self, request: Any, context: Any) -> Any:
        """Flushes every collection, in every database unless one is named."""
        for database in [request.db_name] if request.db_name else self._db.list_databases():
            for name in self._db.list_collections(database_name=database):
                self._db.get_collection(name, database_name=database).flush()
        return messages.FlushAllResponse(status=common.Status(), flush_all_ts=int(time.time() * 1000) << 18)

    def GetFlushAllState(self, request: Any, context: Any) -> Any:
        return messages.GetFlushAllStateResponse(status=common.Status(), flushed=True)

    @refusing()
    def CreateCollection(self, request: Any, context: Any) -> Any:
        """Checks a new collection and its fields. It is released until it is loaded, and what is said of it is kept."""
        content.check_name("collection", request.collection_name)
        schema = schemas.CollectionSchema.FromString(request.schema)
        content.check_schema(schema)
        new = not self._db.has_collection(request.collection_name, database_name=self._database_name(request, context))
        status = served("CreateCollection", self, request, context)
        if new and not status.code:
            collection = self._get_collection(request, context)
            collection.release()
            keeping.say(collection, description=schema.description, consistency=request.consistency_level)
        return status

    def DescribeCollection(self, request: Any, context: Any) -> Any:
        answer = served("DescribeCollection", self, request, context)
        if not answer.status.code:
            said = keeping.said(self._get_collection(request, context))
            answer.schema.description = said.get("description", "")
            answer.consistency_level = said.get("consistency", 0)
        return answer

    @refusing()
    def DropCollection(self, request: Any, context: Any) -> Any:
        database = self._database_name(request, context)
        if self._db.has_collection(request.collection_name, database_name=database) and (
            aliases := self._db.list_aliases(request.collection_name, database_name=database)
        ):
            raise RefusedError(
                f"unable to drop the collection [{request.collection_name}] because it has associated aliases "
                f"[{' '.join(aliases)}], please remove all aliases before dropping the collection"
            )
        return served("DropCollection", self, request, context)

    @refusing()
    def DropPartition(self, request: Any, context: Any) -> Any:
        if self._get_collection(request, context).load_state == "loaded":
            raise RefusedError("partition cannot be dropped, partition is loaded, please release it first")
        return served("DropPartition", self, request, context)

    @refusing()
    def LoadCollection(self, request: Any, context: Any) -> Any:
        """Every vector needs an index. Any number of replicas is taken, since code for a cluster asks for its own."""
        collection = self._get_collection(request, context)
        vectors = [field.name for field in collection.schema.fields if field.dtype.name.endswith("VECTOR")]
        if lacking := [name for name in vectors if not collection.has_index(name)]:
            raise RefusedError(
                f"there is no vector index on field: [{' '.join(lacking)}], please create index firstly: "
                f"index not found[collection={request.collection_name}]"
            )
        return served("LoadCollection", self, request, context)

    @refusing()
    def CreateIndex(self, request: Any, context: Any) -> Any:
        collection = self._get_collection(request, context)
        asked = indexes.translate(request, collection)
        status = served("CreateIndex", self, request, context)
        if not status.code and asked.upper() in indexes.FALLBACKS:
            types = keeping.said(collection).get("indexes", {})
            keeping.say(collection, indexes={**types, request.field_name: asked})
        return status

    def DescribeIndex(self, request: Any, context: Any) -> Any:
        """Indexes have the types that were asked for, also where the engine has another that finds the same."""
        answer = served("DescribeIndex", self, request, context)
        if not answer.status.code:
            types = keeping.said(self._get_collection(request, context)).get("indexes", {})
            for each in answer.index_descriptions:
                if each.field_name in types:
                    put(each.params, "index_type", types[each.field_name])
        return answer

    def _check_rows(self, request: Any, context: Any) -> None:
        if (size := request.ByteSize()) > MESSAGE_BYTES:
            context.abort(
                grpc.StatusCode.RESOURCE_EXHAUSTED,
                f"grpc: received message larger than max ({size} vs. {MESSAGE_BYTES})",
            )
        fields = {field.name: field for field in self._get_collection(request, context).schema.fields}
        for data in request.fields_data:
            if data.field_name in fields:
                content.check_values(data, fields[data.field_name])

    @refusing(messages.MutationResult)
    def Insert(self, request: Any, context: Any) -> Any:
        self._check_rows(request, context)
        return served("Insert", self, request, context)

    @refusing(messages.MutationResult)
    def Upsert(self, request: Any, context: Any) -> Any:
        self._check_rows(request, context)
        return served("Upsert", self, request, context)

    @refusing(messages.MutationResult)
    def Delete(self, request: Any, context: Any) -> Any:
        request.expr = filled(request.expr, request.expr_template_values)
        return served("Delete", self, request, context)

    @refusing(messages.QueryResults)
    def Query(self, request: Any, context: Any) -> Any:
        """Rows come in the order of their keys, so that paging by key skips none; Milvus' window holds."""
        request.expr = filled(request.expr, request.expr_template_values)
        params = values(request.query_params)
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
        return served("Query", self, request, context)

    def _check_search(self, request: Any, context: Any) -> None:
        request.dsl = filled(request.dsl, request.expr_template_values)
        params = values(request.search_params)
        if "topk" in params and not 0 < int(params["topk"]) <= WINDOW:
            raise RefusedError(f"topk [{params['topk']}] is invalid, it should be in range [1, {WINDOW}]")
        if request.nq > WINDOW:
            raise RefusedError(
                f"nq [{request.nq}] is invalid, nq (number of search vector per search request) should be in range "
                f"[1, {WINDOW}], but got {request.nq}"
            )
        collection = self._get_collection(request, context)
        field = collection._resolve_anns_field(params.get("anns_field") or None)
        indexes.check_metric(params.get("metric_type", ""), field, collection)
        content.check_query(request.placeholder_group, field, collection)

    @refusing(messages.SearchResults)
    def Search(self, request: Any, context: Any) -> Any:
        self._check_search(request, context)
        return served("Search", self, request, context)

    @refusing(messages.SearchResults)
    def HybridSearch(self, request: Any, context: Any) -> Any:
        for each in request.requests:
            each.collection_name, each.db_name = request.collection_name, request.db_name
            self._check_search(each, context)
        return served("HybridSearch", self, request, context)
