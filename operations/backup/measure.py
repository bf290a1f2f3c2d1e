"""Measures what a Milvus holds, and writes it into a manifest.

Collections that are not loaded are loaded for as long as they are read. Left out: what a client can't read, which are
passwords, and resource groups, which belong to a deployment and not to its data.
"""

from collections.abc import Callable, Mapping, Sequence
from itertools import islice
from typing import Any, cast

from operations.backup import rows as reading
from operations.backup.manifest import (
    Access,
    Collection,
    Hit,
    Manifest,
    Rows,
    Sample,
    Search,
    Server,
    now,
)  # fmt: skip
from operations.backup.rows import STRONG, Digest, UnreadError, field_types, loaded, primary
from operations.backup.sides import Side

DIGEST_ROWS = 1_000_000
"""Collections with more rows are not read as a whole, but by three keys, counts and a search. At about 30,000 rows a
second a collection of this size takes half a minute."""
SAMPLES, HITS = 3, 10
VOLATILE = frozenset({
    "collection_id", "collection_name", "field_id", "function_id", "created_timestamp", "update_timestamp",
    "aliases", "consistency_level", "num_partitions", "schema_version", "request_time", "db_name",
})  # fmt: skip
"""Keys of a collection's description that differ between copies, or that stand elsewhere in the manifest."""
PROGRESS = frozenset({
    "field_name", "index_name", "total_rows", "indexed_rows", "pending_index_rows", "state",
    "index_state_fail_reason", "index_id", "min_index_version", "max_index_version",
})  # fmt: skip
"""Keys of an index's description that are no parameters of it."""
BUILT_IN_ROLES, ROOT = {"admin", "public"}, "root"

Say = Callable[[str], None]


def measure(
    side: Side,
    *,
    only: Sequence[str] | None = None,
    like: Mapping[str, Collection] | None = None,
    digest_rows: int = DIGEST_ROWS,
    say: Say = lambda _: None,
) -> Manifest:
    """The manifest of a Milvus, or of the collections `only` (`database.collection`).

    `like` are collections of another manifest, whose keys and searches are measured instead of own ones.
    """
    collections: dict[str, Collection] = {}
    databases = side.databases()
    for database in databases:
        client = side.client(database)
        for name in sorted(cast(list[str], client.list_collections())):
            full = f"{database}.{name}"
            if only is None or full in only:
                say(f"reading {full}")
                expected = (like or {}).get(full)
                collections[full] = of_collection(client, name, expected=expected, digest_rows=digest_rows)
    version = str(side.client().get_server_version())
    return Manifest(
        source=side.name,
        made_at=now(),
        server=Server(version=version, lite=is_lite(version)),
        databases=databases,
        collections=collections,
        access=access(side, databases),
    )


def of_collection(
    client: Any, name: str, *, expected: Collection | None = None, digest_rows: int = DIGEST_ROWS
) -> Collection:
    """One collection of the client's database."""
    described: dict[str, Any] = client.describe_collection(name)
    keyed = any(each.get("is_partition_key") for each in described["fields"])
    partitions = [] if keyed else sorted(cast(list[str], client.list_partitions(name)))
    facts: dict[str, Any] = {
        "schema": schema(described) | ({"partitions_by_key": described.get("num_partitions")} if keyed else {}),
        "indexes": indexes(client, name),
        "aliases": sorted(client.list_aliases(name)["aliases"]),
        "loaded": False,
        "replicas": None,
        "partitions": None,
        "rows": None,
        "samples": [],
        "search": None,
        "unread": None,
    }
    try:
        with loaded(client, name, partitions) as state:
            facts |= {"loaded": state, "replicas": replicas(client, name) if state else None}
            if not keyed:
                facts["partitions"] = {each: reading.count(client, name, described, each) for each in partitions}
            counted = reading.count(client, name, described)
            whole = counted <= digest_rows or bool(expected and expected.rows and expected.rows.digest)
            facts |= _content(client, name, described, counted, whole, expected)
    except UnreadError as error:
        facts["unread"] = str(error)
    return Collection.model_validate(facts)


def _content(
    client: Any, name: str, described: Mapping[str, Any], counted: int, whole: bool, expected: Collection | None
) -> dict[str, Any]:
    """Rows, samples and search of a collection that is loaded."""
    digest, key = Digest.of(described), primary(described)["name"]
    first: dict[str, Any] | None = None
    for batch in islice(reading.batches(client, name, described), None if whole else 1):
        first = first or batch[0]
        for row in batch:
            digest.add(row)
    if not whole:
        digest.rows = counted
    sum_ = digest.value() if whole and digest.rows == counted else None
    question = expected.search if expected else _question(described, first, indexes(client, name))
    search = _ask(client, name, question, key) if question and counted else None
    if expected:
        wanted = [sample.key for sample in expected.samples]
    else:
        wanted = list(dict.fromkeys([first[key]] if first else []))
        wanted += [hit.key for hit in (search.hits if search else ()) if hit.key not in wanted]
        wanted = [*wanted[:2], *wanted[2:][-1:]]  # the first row, its nearest neighbour, and the last of the answer
    found = reading.by_keys(client, name, key, wanted)
    samples = [Sample(key=row[key], digest=digest.row(row)) for row in found]
    return {
        "rows": Rows(least=counted, most=counted, read=digest.rows, digest=sum_),
        "samples": sorted(samples, key=lambda sample: str(sample.key)),
        "search": search,
    }


def _question(
    described: Mapping[str, Any], row: Mapping[str, Any] | None, of_indexes: Mapping[str, Mapping[str, str]]
) -> Search | None:
    """A search with the first vector of a row, which is searched for thoroughly, so that copies agree."""
    indexed = {name.split("/")[0]: params for name, params in of_indexes.items()}
    for field, type_ in field_types(described).items():
        if row and type_ == "FLOAT_VECTOR" and field in indexed and row.get(field) is not None:
            return Search(field=field, vector=list(row[field]), params=_thorough(indexed[field]), hits=[])
    return None


def _thorough(index: Mapping[str, str]) -> dict[str, Any]:
    kind = index.get("index_type", "")
    if kind.startswith(("IVF", "SCANN")):
        return {"nprobe": int(index.get("nlist", 128))}
    return {"ef": 512} if kind.startswith("HNSW") else {"search_list": 256} if kind == "DISKANN" else {}


def _ask(client: Any, name: str, question: Search, key: str) -> Search:
    [answer] = client.search(
        name,
        data=[question.vector],
        anns_field=question.field,
        limit=HITS,
        search_params={"params": question.params},
        consistency_level=STRONG,
        timeout=reading.SECONDS,
    )
    hits = [Hit(key=hit.get(key, hit.get("id")), distance=float(hit["distance"])) for hit in answer]
    return question.model_copy(update={"hits": hits})


def schema(described: Mapping[str, Any]) -> dict[str, Any]:
    """A collection's description, without what differs between copies of it."""
    return cast(dict[str, Any], _plain(described))


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        items = cast(Mapping[str, Any], value).items()
        return {key: _plain(each) for key, each in items if key not in VOLATILE and not _unset(each)}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in cast(Sequence[Any], value)]
    if hasattr(value, "name"):  # an enumeration's member
        return value.name
    return value if isinstance(value, bool | int | float | str) else str(value)


def _unset(value: Any) -> bool:
    """True if a server might as well leave a property out."""
    return value is None or value is False or value in ("", {}, [])


def indexes(client: Any, name: str) -> dict[str, dict[str, str]]:
    """Parameters of each index, by `field/name`."""
    found = (client.describe_index(name, index) for index in client.list_indexes(name))
    return {
        f"{each['field_name']}/{each['index_name']}": {
            key: str(value) for key, value in each.items() if key not in PROGRESS
        }
        for each in found
        if each
    }


def is_lite(version: str) -> bool:
    """True if a server's version is that of Milvus Lite, which has neither users nor replicas."""
    return "milvus_lite" in version


def replicas(client: Any, name: str) -> int | None:
    """Number of replicas in memory; None if the server has no replicas."""
    return None if is_lite(str(client.get_server_version())) else len(client.describe_replica(name))


def access(side: Side, databases: Sequence[str]) -> Access | None:
    """Users and roles; None if the server has none."""
    client = side.client()
    if is_lite(str(client.get_server_version())):
        return None
    users: dict[str, list[str]] = {
        user: sorted(client.describe_user(user).get("roles") or ()) for user in client.list_users() if user != ROOT
    }
    roles = {role: grants(client, role, databases) for role in client.list_roles() if role not in BUILT_IN_ROLES}
    return Access(users=users, roles=roles)


def grants(client: Any, role: str, databases: Sequence[str]) -> list[list[str]]:
    """What a role may do: kind of object, its name, privilege, database."""
    found = (each for database in databases for each in client.describe_role(role, db_name=database)["privileges"])
    keys = ("object_type", "object_name", "privilege", "db_name")
    return sorted([*each] for each in {tuple(str(grant[key]) for key in keys) for grant in found})
