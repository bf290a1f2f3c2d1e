"""Reads by REST what a Milvus holds, in the format of a backup's manifest (operations/backup/manifest.py).

Runs beside a nightly backup in a plain Python image, by the standard library alone, and on the machine that restores
it: the answers of both are compared, so that nothing here needs to know each property of a schema. Left out, because
REST does not tell it or it would be too much for a pod: a digest of all rows, parameters of indexes such as HNSW's M,
and collections that are not loaded, since loading them would take the query nodes' memory.
"""

import hashlib
import http.client
import json
import urllib.error
import urllib.request
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, cast

STRONG = {"consistencyLevel": "Strong"}
"""Milvus that does not take it here yet reads as the collection was made to be read."""
SECONDS = 120
SAMPLES, HITS = 20, 10
VOLATILE = frozenset({
    "aliases", "collectionID", "collectionName", "dbName", "id", "indexes", "inputFieldIds", "load", "outputFieldIds",
    "partitionsNum",
})  # fmt: skip
"""What of a collection's description differs between copies, or stands elsewhere in the manifest."""
THOROUGH: Mapping[str, Mapping[str, int]] = {
    "IVF": {"nprobe": 512},
    "SCANN": {"nprobe": 512},
    "HNSW": {"ef": 512},
    "DISKANN": {"search_list": 256},
}
"""How to search so that copies agree, by the beginning of an index's type."""


class Refused(Exception):  # noqa: N818, it is what Milvus did
    """Milvus answered, with an error."""


class Content:
    """A Milvus, by the REST interface of its proxy. Everything raises Refused, or OSError if it does not answer."""

    def __init__(self, url: str, token: str, *, seconds: float = SECONDS) -> None:
        self._url, self._token, self._seconds = url, token, seconds
        # A proxy in the environment is for the way out of the cluster.
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def manifest(
        self,
        source: str,
        *,
        only: Collection[str] | None = None,
        like: Mapping[str, Mapping[str, Any]] | None = None,
        say: Callable[[str], object] = lambda _: None,
    ) -> dict[str, Any]:
        """What Milvus holds, or the collections `only`. `like` are collections of another manifest, whose keys and
        searches are asked for instead of own ones."""
        databases = sorted(self._call("databases/list"))
        names = [(each, name) for each in databases for name in sorted(self._call("collections/list", dbName=each))]
        collections: dict[str, Any] = {}
        for database, name in names:
            full = f"{database}.{name}"
            if only is None or full in only:
                say(f"reading {full}")
                collections[full] = self._collection(database, name, (like or {}).get(full))
        return {
            "manifest_version": "1",
            "read_by": "rest",
            "source": source,
            "made_at": datetime.now(UTC).isoformat(timespec="seconds"),
            "server": {"version": "", "lite": False},  # REST does not tell it
            "databases": databases,
            "collections": collections,
            "access": self._access(databases),
            "backup": None,
        }

    def _collection(self, database: str, name: str, like: Mapping[str, Any] | None) -> dict[str, Any]:
        place = {"dbName": database, "collectionName": name}
        described = self._call("collections/describe", **place)
        indexes = {
            f"{each['fieldName']}/{each['indexName']}": {key: each[key] for key in ("indexType", "metricType")}
            for index in self._call("indexes/list", **place) or ()
            for each in self._call("indexes/describe", **place, indexName=index)
        }
        loaded = described.get("load") == "LoadStateLoaded"
        facts: dict[str, Any] = {
            "schema": _plain(described),
            "indexes": indexes,
            "aliases": sorted(self._call("aliases/list", **place) or ()),
            "loaded": loaded,
            "replicas": None,
            "partitions": None,
            "rows": None,
            "samples": [],
            "search": None,
            "unread": None if loaded else "it is not loaded, and this only reads what is",
        }
        if loaded:
            try:
                facts |= self._rows(place, described, indexes, like)
            except (OSError, Refused) as error:  # too slow, or refused: the other collections can be read all the same
                facts["unread"] = str(error)
        return facts

    def _rows(
        self,
        place: Mapping[str, str],
        described: Mapping[str, Any],
        indexes: Mapping[str, Mapping[str, str]],
        like: Mapping[str, Any] | None,
    ) -> dict[str, Any]:
        fields: list[dict[str, Any]] = described["fields"]
        key = next(each for each in fields if each["primaryKey"])
        partitions: dict[str, int] | None = None
        if not any(each.get("partitionKey") for each in fields):
            names = sorted(self._call("partitions/list", **place))
            partitions = {each: self._count(place, key, [each]) for each in names}
        counted = self._count(place, key, [])
        rows: list[dict[str, Any]] = []
        search: Mapping[str, Any] | None = None
        if like:
            search = like["search"]
            rows = self._found(place, in_(key, [each["key"] for each in like["samples"]]), len(like["samples"]))
        else:
            rows = self._found(place, every_row(key), SAMPLES if counted else 0)
            search = _question(fields, indexes, rows[0]) if rows else None
        samples = [{"key": _key(row[key["name"]], key), "digest": _digest(row)} for row in rows]
        return {
            "partitions": partitions,
            "rows": {"least": counted, "most": counted, "read": counted, "digest": None},
            "samples": sorted(samples, key=lambda sample: str(sample["key"])),
            "search": self._answered(place, key, search) if search and counted else None,
        }

    def _count(self, place: Mapping[str, str], key: Mapping[str, Any], partitions: Sequence[str]) -> int:
        asked = {"filter": every_row(key), "outputFields": ["count(*)"], "partitionNames": partitions}
        (answer,) = self._call("entities/query", **place, **STRONG, **asked)
        return int(answer["count(*)"])

    def _found(self, place: Mapping[str, str], filter_: str, limit: int) -> list[dict[str, Any]]:
        """Some rows with all fields; none if Milvus refuses to tell them."""
        asked = {"filter": filter_, "limit": limit, "outputFields": ["*"]}
        try:
            return self._call("entities/query", **place, **STRONG, **asked) if limit else []
        except Refused:
            return []

    def _answered(
        self, place: Mapping[str, str], key: Mapping[str, Any], search: Mapping[str, Any]
    ) -> dict[str, Any] | None:
        """The search with its answer; None if Milvus refuses it, which a copy then must not do."""
        asked = {"data": [search["vector"]], "annsField": search["field"], "limit": HITS}
        asked |= {"outputFields": [key["name"]], "searchParams": {"params": search["params"]}}
        try:
            hits = self._call("entities/search", **place, **STRONG, **asked)
        except Refused:
            return None
        found = [(each.get(key["name"], each.get("id")), float(each["distance"])) for each in hits]
        return {**search, "hits": [{"key": _key(value, key), "distance": distance} for value, distance in found]}

    def _access(self, databases: Sequence[str]) -> dict[str, Any]:
        users = {
            user: sorted(self._call("users/describe", userName=user) or ())
            for user in self._call("users/list")
            if user != "root"
        }
        roles: dict[str, list[list[str]]] = {}
        for role in self._call("roles/list"):
            if role not in ("admin", "public"):
                grants = (
                    tuple(str(grant.get(key, "")) for key in ("objectType", "objectName", "privilege", "dbName"))
                    for database in databases
                    for grant in self._call("roles/describe", roleName=role, dbName=database) or ()
                )
                roles[role] = sorted([*each] for each in set(grants))
        return {"users": users, "roles": roles}

    def _call(self, path: str, **body: Any) -> Any:
        headers = {
            "Authorization": f"Bearer {self._token}",
            "Content-Type": "application/json",
            "Request-Timeout": str(round(self._seconds)),  # the proxy gives up after 30 s otherwise
            "Accept-Type-Allow-Int64": "true",
        }
        url = f"{self._url}/v2/vectordb/{path}"
        request = urllib.request.Request(url, json.dumps(body).encode(), headers)  # noqa: S310 - the URL is ours
        try:
            with self._opener.open(request, timeout=self._seconds) as answer:
                reply = json.load(answer)
        except urllib.error.HTTPError as error:
            text = error.read().decode(errors="replace")[:500]
            raise Refused(f"{path}: HTTP {error.code} {text}") from error
        except (ValueError, http.client.HTTPException) as error:
            raise Refused(f"{path}: no answer in JSON: {error!r}") from error
        if reply.get("code") not in (0, 200):
            raise Refused(f"{path}: code {reply.get('code')}: {reply.get('message')}")
        return reply.get("data")


def every_row(key: Mapping[str, Any]) -> str:
    """A filter on the primary key that every row meets."""
    return f'{key["name"]} >= ""' if key["type"] == "VarChar" else f"{key['name']} >= {-(1 << 63) + 1}"


def in_(key: Mapping[str, Any], keys: Sequence[Any]) -> str:
    """A filter that rows with these keys meet."""
    return f"{key['name']} in {json.dumps(keys, ensure_ascii=False)}"


def _key(value: Any, key: Mapping[str, Any]) -> int | str:
    """A key as it is: an old REST interface tells whole numbers as texts."""
    return str(value) if key["type"] == "VarChar" else int(value)


def _plain(value: Any) -> Any:
    """A description, with lists of keys and values as objects, and without what differs between copies."""
    if isinstance(value, dict):
        known = cast(dict[str, Any], value)
        return {key: _plain(each) for key, each in known.items() if key not in VOLATILE}
    if isinstance(value, list):
        values = cast(list[Any], value)
        if values and all(isinstance(each, dict) and {*each} == {"key", "value"} for each in values):
            return {each["key"]: each["value"] for each in values}
        return [_plain(each) for each in values]
    return value


def _question(
    fields: Sequence[Mapping[str, Any]], indexes: Mapping[str, Mapping[str, str]], row: Mapping[str, Any]
) -> dict[str, Any] | None:
    """A search by the first vector of a row that has an index."""
    indexed = {name.split("/")[0]: index["indexType"] for name, index in indexes.items()}
    for field in fields:
        name = field["name"]
        if field["type"] == "FloatVector" and name in indexed and row.get(name):
            params = [each for kind, each in THOROUGH.items() if indexed[name].startswith(kind)]
            return {"field": name, "vector": [float(each) for each in row[name]], "params": params[0] if params else {}}
    return None


def _digest(row: Mapping[str, Any]) -> str:
    content = json.dumps({key: each for key, each in row.items() if each is not None}, sort_keys=True)
    return hashlib.sha256(content.encode()).hexdigest()
