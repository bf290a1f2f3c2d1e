"""Compares what a Milvus holds with a manifest, collection by collection, and says in words what differs.

It is pure: both sides are manifests. Where one of the two servers can't tell something, it is said in a note and not
judged. Milvus Lite has no users, and describes indexes by their field, metric and type alone.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from operations.backup.differences import differences
from operations.backup.manifest import Access, Collection, Manifest, Rows, Search

ASPECTS = ("rows", "keys", "search", "schema", "index", "loaded", "aliases")
Result = Literal["same", "differs", "unproven"]
DISTANCE = 1e-3
"""Relative difference up to which two distances are the same: indexes compute in another order, or compress."""
AGREEMENT = 0.8
"""Share of a search's answers that a copy must return, too. A rebuilt approximate index finds others at the end."""
SAME, DIFFERS, UNPROVEN = 0, 1, 2
"""Exit codes."""


@dataclass
class Verdict:
    """How one collection, or the users, compare with the manifest."""

    name: str
    aspects: dict[str, Result] = field(default_factory=dict[str, Result])
    problems: list[str] = field(default_factory=list[str])
    notes: list[str] = field(default_factory=list[str])

    @property
    def result(self) -> Result:
        found = set(self.aspects.values())
        return "differs" if "differs" in found else "unproven" if "unproven" in found else "same"

    def as_dict(self) -> dict[str, Any]:
        return {"result": self.result, **asdict(self)}

    def judge(self, aspect: str, problems: list[str]) -> None:
        self.aspects[aspect] = "differs" if problems else "same"
        self.problems += problems


@dataclass(frozen=True, kw_only=True)
class Expectation:
    """What may rightly differ between a manifest and a copy."""

    names: Mapping[str, str] | None = None
    """Names of the copies by those in the manifest; they have no aliases of their own under another name."""
    new_keys: bool = False
    """Keys that Milvus generates are new ones, as in a copy by insert."""
    access: bool = True
    """Users and roles are compared."""
    loaded: bool = True
    """Load states are compared."""
    replicas: bool = True
    """So are the numbers of replicas in memory, which depend on how many query nodes there are."""


def exit_code(verdicts: list[Verdict]) -> int:
    """0 if all are the same, 1 if any differs, 2 if any can't be judged, or nothing was compared."""
    results = {verdict.result for verdict in verdicts}
    return DIFFERS if "differs" in results else SAME if results == {"same"} else UNPROVEN


def compare(expected: Manifest, actual: Manifest, expectation: Expectation | None = None) -> list[Verdict]:
    """A verdict for each collection of the manifest, and one for users and roles."""
    expectation = expectation or Expectation()
    names = expectation.names if expectation.names is not None else {name: name for name in expected.collections}
    lite = expected.server.lite or actual.server.lite
    verdicts: list[Verdict] = []
    for name, copy in names.items():
        verdict = Verdict(name if name == copy else f"{name} as {copy}")
        verdicts.append(verdict)
        if copy not in actual.collections:
            verdict.judge("rows", [f"collection {copy} is missing"])
            continue
        _collection(verdict, expected.collections[name], actual.collections[copy], expectation, name != copy, lite)
    if expectation.access and expected.access:
        verdicts.append(_access(expected.access, actual.access))
    return verdicts


def _collection(
    verdict: Verdict, expected: Collection, actual: Collection, expectation: Expectation, renamed: bool, lite: bool
) -> None:
    generated = any(each.get("auto_id") for each in expected.collection_schema.get("fields", []))
    if not expected.rows or not actual.rows:
        reason = f"the manifest: {expected.unread}" if not expected.rows else f"here: {actual.unread}"
        verdict.aspects["rows"] = "unproven" if not expected.rows else "differs"
        (verdict.notes if not expected.rows else verdict.problems).append(f"its rows can't be read; {reason}")
    else:
        ttl = "collection.ttl.seconds" in expected.collection_schema.get("properties", {})
        verdict.judge("rows", _rows(expected, expected.rows, actual, actual.rows, ttl))
        if ttl:
            verdict.notes.append("its rows expire (collection.ttl.seconds), so that fewer are no difference")
        if not expected.rows.digest:
            verdict.notes.append("its rows were compared by number and samples, not each by its fields")
        if generated and expectation.new_keys:
            verdict.notes.append("its keys were generated anew, so that no row can be looked up by its key")
        elif expected.rows.most and not expected.samples:
            verdict.notes.append("no row was compared by its fields: none is the same in both manifests of the backup")
        else:
            found = {sample.key: sample.digest for sample in actual.samples}
            verdict.judge(
                "keys",
                [
                    f"the row with key {sample.key!r} {'is another one' if sample.key in found else 'is missing'}"
                    for sample in expected.samples
                    if found.get(sample.key) != sample.digest and not (ttl and sample.key not in found)
                ],
            )
        if expected.search and not ttl:
            new_keys = generated and expectation.new_keys
            verdict.judge("search", _search(expected.search, actual.search, new_keys=new_keys))
    verdict.judge("schema", differences("schema", *_comparable_schemas(expected, actual, lite)))
    verdict.judge("index", differences("index", *_comparable_indexes(expected, actual, lite)))
    if expectation.loaded:
        verdict.judge("loaded", _loaded(expected, actual, replicas=expectation.replicas))
    if not renamed:
        missing = sorted(set(expected.aliases) - set(actual.aliases))
        more = sorted(set(actual.aliases) - set(expected.aliases))
        verdict.judge(
            "aliases", [f"alias {each} is missing" for each in missing] + [f"alias {each} is new" for each in more]
        )


def _rows(expected: Collection, rows: Rows, actual: Collection, found: Rows, ttl: bool) -> list[str]:
    least = 0 if ttl else rows.least
    wanted = f"{rows.least}" if rows.least == rows.most else f"{rows.least} to {rows.most}"
    # Rows that share a key count once if they were inserted one by one, as a copy does.
    if not least <= found.least <= rows.most and not (rows.read < rows.most and found.least == found.read == rows.read):
        return [f"{found.least} rows, expected {wanted}"]
    problems: list[str] = []
    if expected.partitions is not None and actual.partitions is not None and not ttl:
        problems += [
            f"partition {name}: {actual.partitions.get(name, 'no')} rows, expected {count}"
            for name, count in expected.partitions.items()
            if actual.partitions.get(name) != count
        ]
        problems += [f"partition {name} is new" for name in actual.partitions if name not in expected.partitions]
    if rows.digest and not ttl:
        if found.read != found.least:
            problems.append(f"{found.least - found.read} of {found.least} rows share a key with another row")
        elif found.digest != rows.digest:
            problems.append(f"as many rows as expected ({wanted}), but not the same: their digests differ")
    return problems


def _search(expected: Search, actual: Search | None, *, new_keys: bool) -> list[str]:
    if not actual:
        return ["there is no search to compare with: no rows, or no index"]
    keys = {hit.key for hit in actual.hits}
    agree = sum(
        (not new_keys and hit.key in keys)
        or (position < len(actual.hits) and _close(hit.distance, actual.hits[position].distance))
        for position, hit in enumerate(expected.hits)
    )
    if agree < AGREEMENT * len(expected.hits):
        return [f"a search by {expected.field} finds {agree} of {len(expected.hits)} expected rows"]
    return []


def _close(one: float, other: float) -> bool:
    return abs(one - other) <= DISTANCE * max(1.0, abs(one))


def _loaded(expected: Collection, actual: Collection, *, replicas: bool) -> list[str]:
    problems: list[str] = []
    if expected.loaded != actual.loaded:
        words = {True: "loaded", False: "not loaded"}
        said = [
            f"loaded in part ({', '.join(each)})" if isinstance(each, list) else words[each]
            for each in (actual.loaded, expected.loaded)
        ]
        problems.append(f"it is {said[0]}, expected {said[1]}")
    if replicas and None not in (expected.replicas, actual.replicas) and expected.replicas != actual.replicas:
        problems.append(f"{actual.replicas} replicas in memory, expected {expected.replicas}")
    return problems


def _comparable_schemas(expected: Collection, actual: Collection, lite: bool) -> tuple[Any, Any]:
    """Milvus Lite keeps no descriptions, and has its own number of partitions by key, shards and consistency."""
    if not lite:
        return expected.collection_schema, actual.collection_schema
    dropped = {"description", "num_shards", "consistency_level_name", "partitions_by_key"}

    def kept(schema: Mapping[str, Any]) -> dict[str, Any]:
        fields = [{key: value for key, value in each.items() if key not in dropped} for each in schema["fields"]]
        return {key: value for key, value in schema.items() if key not in dropped} | {"fields": fields}

    return kept(expected.collection_schema), kept(actual.collection_schema)


def _comparable_indexes(expected: Collection, actual: Collection, lite: bool) -> tuple[Any, Any]:
    """Milvus Lite names indexes like their fields, tells no parameters, and has one type for all but vectors."""
    if not lite:
        return expected.indexes, actual.indexes

    def kept(collection: Collection) -> dict[str, Any]:
        vectors = {each["name"] for each in collection.collection_schema["fields"] if "VECTOR" in str(each["type"])}
        fields = {name.split("/")[0]: params for name, params in collection.indexes.items()}
        told = ("index_type", "metric_type")
        return {
            name: {key: params.get(key) for key in told} if name in vectors else {} for name, params in fields.items()
        }

    return kept(expected), kept(actual)


def _access(expected: Access, actual: Access | None) -> Verdict:
    verdict = Verdict("users and roles")
    if not actual:
        verdict.aspects["access"] = "unproven"
        verdict.notes.append("this server has no users")
        return verdict
    problems: list[str] = []
    for kind, wanted, found in (("user", expected.users, actual.users), ("role", expected.roles, actual.roles)):
        for name, value in wanted.items():
            if name not in found:
                problems.append(f"{kind} {name} is missing")
            elif found[name] != value:
                lost = [each for each in value if each not in found[name]]
                more = [each for each in found[name] if each not in value]
                problems.append(f"{kind} {name}: lacks {lost or 'nothing'}, has {more or 'nothing'} besides")
        problems += [f"{kind} {name} is new" for name in found if name not in wanted]
    verdict.judge("access", problems)
    return verdict
