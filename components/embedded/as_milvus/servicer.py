"""Milvus Lite's answers, and before each what Milvus would do to the request."""

import functools
import time
from collections.abc import Callable
from typing import Any

import grpc

from components.embedded.as_milvus import content, indexes, iterators, keeping
from components.embedded.as_milvus.filters import filled
from components.embedded.as_milvus.iterators import WINDOW
from components.embedded.as_milvus.messages import RefusedError, common, lite, messages, put, schemas, values

MESSAGE_BYTES = 64 << 20
"""Milvus' longest message (proxy.grpc.serverMaxRecvSize). Milvus Lite takes 256 MiB."""
INVALID, NO_INDEX = 1100, 700
"""Milvus' codes of an invalid parameter, and of an index that there is not."""
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

    def ManualCompaction(self, request: Any, context: Any) -> Any:
        """The engine compacts by itself after each flush; a number above 0 says that this, too, went well."""
        answer = served("ManualCompaction", self, request, context)
        answer.compactionID = int(time.time() * 1000) << 18
        return answer

    def GetCompactionStateWithPlans(self, request: Any, context: Any) -> Any:
        return messages.GetCompactionPlansResponse(status=common.Status(), state=common.CompactionState.Completed)

    @refusing(messages.GetPersistentSegmentInfoResponse)
    def GetPersistentSegmentInfo(self, request: Any, context: Any) -> Any:
        """All rows of a collection are one sorted segment to clients: the engine's files are its own affair."""
        return messages.GetPersistentSegmentInfoResponse(
            status=common.Status(),
            infos=self._segment(messages.PersistentSegmentInfo, common.Flushed, request, context),
        )

    @refusing(messages.GetQuerySegmentInfoResponse)
    def GetQuerySegmentInfo(self, request: Any, context: Any) -> Any:
        return messages.GetQuerySegmentInfoResponse(
            status=common.Status(), infos=self._segment(messages.QuerySegmentInfo, common.Sealed, request, context)
        )

    def _segment(self, kind: Any, state: int, request: Any, context: Any) -> list[Any]:
        database = request.dbName or self._database_name(request, context)
        rows = self._db.get_collection(request.collectionName, database_name=database).num_entities
        return [kind(segmentID=1, num_rows=rows, state=state, level=common.L2, is_sorted=True)] if rows else []

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

    def GetLoadingProgress(self, request: Any, context: Any) -> Any:
        """What is loaded shows new rows at once: without this, `refresh_load` would wait for ever."""
        answer = served("GetLoadingProgress", self, request, context)
        answer.refresh_progress = answer.progress
        return answer

    @refusing()
    def CreateIndex(self, request: Any, context: Any) -> Any:
        collection = self._get_collection(request, context)
        field = request.field_name
        name = request.index_name or field
        if indexes.field_of(name, collection) not in (None, field):
            raise RefusedError("CreateIndex failed: at most one distinct index is allowed per field")
        asked = indexes.translate(request, collection)
        status = served("CreateIndex", self, request, context)
        if not status.code:
            said = keeping.said(collection)
            kind = asked if asked.upper() in indexes.FALLBACKS else ""
            names, types = {**said.get("names", {}), field: name}, {**said.get("indexes", {}), field: kind}
            keeping.say(collection, names=names, indexes=types)
        return status

    @refusing()
    def DropIndex(self, request: Any, context: Any) -> Any:
        """Drops an index by its name. The engine would drop every index if it did not find the name."""
        collection = self._get_collection(request, context)
        if request.index_name and not request.field_name:
            request.field_name = indexes.field_of(request.index_name, collection) or ""
            if not request.field_name:
                return common.Status()  # as Milvus answers
        return served("DropIndex", self, request, context)

    @refusing(messages.DescribeIndexResponse)
    def DescribeIndex(self, request: Any, context: Any) -> Any:
        """Indexes have the names and types asked for, also where the engine has another that finds the same."""
        collection = self._get_collection(request, context)
        if request.index_name and not request.field_name:
            request.field_name = indexes.field_of(request.index_name, collection) or ""
            if not request.field_name:
                reason = f"index not found[index={request.index_name}]"
                return messages.DescribeIndexResponse(status=common.Status(code=NO_INDEX, error_code=25, reason=reason))
        answer = served("DescribeIndex", self, request, context)
        said = keeping.said(collection)
        for each in answer.index_descriptions:
            each.index_name = said.get("names", {}).get(each.field_name, each.field_name)
            if kind := said.get("indexes", {}).get(each.field_name):
                put(each.params, "index_type", kind)
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
        for each in request.search_params:
            if each.key == "metric_type" and not each.value:  # so says the Node.js SDK that it is the index's
                request.search_params.remove(each)
                break
        collection = self._get_collection(request, context)
        field = collection._resolve_anns_field(params.get("anns_field") or None)
        indexes.check_metric(params.get("metric_type", ""), field, collection)
        content.check_query(request.placeholder_group, field, collection)

    @refusing(messages.SearchResults)
    def Search(self, request: Any, context: Any) -> Any:
        batch = iterators.batch(request)
        self._check_search(request, context)
        answer = served("Search", self, request, context)
        if batch and not answer.status.code:
            batch.answered(answer)
        return answer

    @refusing(messages.SearchResults)
    def HybridSearch(self, request: Any, context: Any) -> Any:
        for each in request.requests:
            each.collection_name, each.db_name = request.collection_name, request.db_name
            self._check_search(each, context)
        return served("HybridSearch", self, request, context)
