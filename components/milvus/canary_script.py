"""Uses Milvus as an application does, every five minutes: upsert, strong read, count and search of a few fixed rows.

Runs inside the cluster in a plain Python image: standard library, probe_script.py and aws_script.py only. Before the
first run `prepare` makes, as root, what the canary's user works with: a database, a collection, a role that may read
and write in that database alone, and the user. The rows are the same every time, so that they never grow.
"""

import os
import sys
import time
from typing import Any

from components.milvus.probe_script import DIMENSION, EXIT_FAILED, ROWS, WANTED, Denied, Failed, Probe, Refused, vector
from components.pods.aws_script import Aws, AwsError

DATABASE, COLLECTION, ROLE, USER = "milvus_on_aws_canary", "canary", "milvus_on_aws_canary", "milvus_on_aws_canary"
PRIVILEGE = "CollectionReadWrite"
"""Built-in group of privileges (milvus.io/docs/privilege_group.md), on all collections of the canary's database."""
STEP_SECONDS, AWS_SECONDS = 15, 20
"""How long a step is tried, and each of two calls of AWS. All together end before the Job's deadline (canary.py)."""
METRIC, SESSION = "Succeeded", "canary"
"""The metric that says so, and the session of the role that writes it."""


class Canary(Probe):
    """One run against one Milvus."""

    def run(self) -> dict[str, float]:
        """Seconds a step took. Raises Failed."""
        now = time.time_ns()  # a value that no earlier run has written
        return {
            "upsert": self._step("upsert", "Kafka", lambda left: self._upsert(now, left)),
            "read": self._step("read", "query nodes", lambda left: self._read(now, left)),
            "count": self._step("count", "query nodes", self._count),
            "search": self._step("search", "query nodes", self._search),
        }

    def _upsert(self, now: int, left: float) -> None:
        rows = [{"id": row, "vector": vector(row), "written": str(now)} for row in range(ROWS)]
        done = self._in_database("entities/upsert", {"data": rows}, left)
        if done.get("upsertCount") != ROWS:
            raise Refused(f"{done.get('upsertCount')} of {ROWS} rows were taken")

    def _read(self, now: int, left: float) -> None:
        found = self._query(["written"], left)
        fresh = sum(1 for row in found if row.get("written") == str(now))
        if fresh != ROWS:
            raise Refused(f"{fresh} of {ROWS} rows are as they were just written")

    def _count(self, left: float) -> None:
        counted = self._query(["count(*)"], left)
        if [int(row["count(*)"]) for row in counted] != [ROWS]:
            raise Refused(f"{counted} rows are counted, {ROWS} were written")

    def _query(self, fields: list[str], left: float) -> list[dict[str, str]]:
        # The collection reads strongly: what was written before is seen.
        return self._in_database("entities/query", {"filter": "id >= 0", "outputFields": fields}, left)

    def _search(self, left: float) -> None:
        wanted = {"data": [vector(WANTED)], "annsField": "vector", "limit": 1}
        hits = self._in_database("entities/search", wanted, left)
        if [str(hit.get("id")) for hit in hits] != [str(WANTED)]:
            raise Refused(f"the nearest row to row {WANTED} is said to be {hits}")

    def ask(self, path: str, left: float) -> None:
        """Asks something of the canary's collection. Raises Denied for a wrong password, Refused, or OSError."""
        self._in_database(path, {}, left)

    def _in_database(self, path: str, body: dict[str, Any], left: float) -> Any:
        return self._call(path, {"dbName": DATABASE, "collectionName": COLLECTION, **body}, left)


class Preparation(Probe):
    """What root makes, once. A second time changes nothing."""

    def make(self, password: str) -> None:
        """Makes what is missing; a user whose password is another is made anew. Raises Failed."""
        self._step("database", "coordinators", self._database)
        self._step("collection", "Kafka", self._collection)
        self._step("role", "coordinators", self._role)
        self._step("user", "coordinators", lambda left: self._user(password, left))

    def _database(self, left: float) -> None:
        if DATABASE not in self._call("databases/list", {}, left):
            self._call("databases/create", {"dbName": DATABASE}, left)

    def _collection(self, left: float) -> None:
        place = {"dbName": DATABASE, "collectionName": COLLECTION}
        if not self._call("collections/has", place, left).get("has"):
            # Milvus adds an index and loads the collection by itself when only a dimension is given.
            shape = {"dimension": DIMENSION, "metricType": "L2", "params": {"consistencyLevel": "Strong"}}
            self._call("collections/create", {**place, **shape}, left)

    def _role(self, left: float) -> None:
        if ROLE not in self._call("roles/list", {}, left):
            self._call("roles/create", {"roleName": ROLE}, left)
        granted = {"roleName": ROLE, "privilege": PRIVILEGE, "collectionName": "*", "dbName": DATABASE}
        self._call("roles/grant_privilege_v2", granted, left)

    def _user(self, password: str, left: float) -> None:
        if USER in self._call("users/list", {}, left) and not self._logs_in(password, left):
            self._call("users/drop", {"userName": USER}, left)
        if USER not in self._call("users/list", {}, left):
            self._call("users/create", {"userName": USER, "password": password}, left)
        self._call("users/grant_role", {"userName": USER, "roleName": ROLE}, left)

    def _logs_in(self, password: str, left: float) -> bool:
        """Whether the user's password is this one, whatever else it may do."""
        try:
            Canary(self._url, f"{USER}:{password}").ask("collections/list", left)
        except Denied:
            return False
        except Refused:
            return True
        return True


def main() -> int:
    """Exit code; the last line says which layer failed."""
    url, password = os.environ["MILVUS_URL"], os.environ["CANARY_PASSWORD"]
    namespace, stack = os.environ["METRICS_NAMESPACE"], os.environ["STACK"]
    aws = Aws(os.environ["AWS_REGION"], os.environ["DNS_SUFFIX"], session=SESSION, seconds=AWS_SECONDS)
    try:
        if root := os.environ.get("MILVUS_ROOT_PASSWORD"):
            Preparation(url, f"root:{root}").make(password)
        seconds = Canary(url, f"{USER}:{password}", step_seconds=STEP_SECONDS).run()
    except Failed as failure:
        sys.stderr.write(f"{failure}\n")
        return EXIT_FAILED
    try:
        aws.publish(namespace, stack, {METRIC: (1, "Count")})
    except (AwsError, OSError) as error:
        sys.stderr.write(f"Milvus works, but CloudWatch was not told: {error}\n")
        return EXIT_FAILED
    sys.stdout.write("canary passed: " + ", ".join(f"{step} {taken:.1f} s" for step, taken in seconds.items()) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
