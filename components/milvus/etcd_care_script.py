"""Gives free space in etcd's files back, member by member: compaction frees it inside the files, which never shrink.

Runs inside the cluster, in a plain Python image: standard library only, nothing of this project. It speaks etcd's JSON
gateway. A member answers nobody while it is defragmented (3.8 GB have taken 21 s: gardener/etcd-backup-restore#1061),
and a leader that is silent stops all writes. So followers come first, each only while all members are healthy and only
if it is worth it, and the leader hands over before its turn (openshift/cluster-etcd-operator#1618). Left out: alarms
such as NOSPACE, which a person has to look at (docs/operations.md).
"""

import http.client
import json
import os
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from typing import Any

WORTH_SHARE = 0.45
"""Part of a file that must be free before a defragmentation is worth it (openshift/cluster-etcd-operator)."""
WORTH_BYTES = 100 * 1024 * 1024
"""Smaller files are left alone: they fill no quota, and their defragmentation saves nothing."""
CALL_SECONDS, DEFRAGMENT_SECONDS, HEALTHY_SECONDS = 10, 300, 300
LAG = 1000
"""Entries of the log by which a member may be behind and still count as healthy."""
PAUSE_SECONDS = 1.0


class Unhealthy(Exception):  # noqa: N818, it is a state of etcd
    """A member is not fit for it; nothing further is done."""


def call(url: str, path: str, body: dict[str, Any] | None = None, seconds: float = CALL_SECONDS) -> dict[str, Any]:
    """One call of the gateway. Raises Unhealthy if the member does not answer, or refuses."""
    request = urllib.request.Request(  # noqa: S310 - the URL is etcd's own
        f"{url}/v3/{path}", data=json.dumps(body or {}).encode(), headers={"Content-Type": "application/json"}
    )
    try:
        with urllib.request.urlopen(request, timeout=seconds) as answer:  # noqa: S310
            return json.load(answer)
    except urllib.error.HTTPError as error:
        raise Unhealthy(f"{url}: {path} is refused: {error.code} {error.read().decode(errors='replace')}") from error
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise Unhealthy(f"{url} does not answer: {error}") from error


class Member:
    """One member, as it describes itself. The gateway writes numbers as texts."""

    def __init__(self, url: str, status: dict[str, Any]) -> None:
        self.url = url
        self.id = str(status["header"]["member_id"])
        self.leader = str(status.get("leader", "0"))
        self.size = int(status.get("dbSize", 0))
        self.free = self.size - int(status.get("dbSizeInUse", 0))
        self.applied = int(status.get("raftAppliedIndex", 0))
        self.errors = [str(each) for each in status.get("errors", ())]
        self.learns = bool(status.get("isLearner"))

    @property
    def leads(self) -> bool:
        return self.id == self.leader

    def is_worth_it(self, least_bytes: int) -> bool:
        return self.size >= least_bytes and self.free > WORTH_SHARE * self.size

    def __str__(self) -> str:
        return f"{self.url}: {self.size / 2**20:.1f} MiB, {self.free / 2**20:.1f} of them free"


def members(url: str) -> list[Member]:
    """All members, asked at an address of their own. Raises Unhealthy unless every one is healthy."""
    listed = call(url, "cluster/member/list")["members"]
    found = [_member(each) for each in listed]
    if len({each.leader for each in found}) != 1 or found[0].leader == "0":
        raise Unhealthy("the members do not agree who leads them")
    newest = max(each.applied for each in found)
    for each in found:
        if each.errors or each.learns:
            raise Unhealthy(f"{each.url}: {', '.join(each.errors) or 'is a learner'}")
        if newest - each.applied > LAG:
            raise Unhealthy(f"{each.url} is {newest - each.applied} entries behind")
    return found


def _member(listed: dict[str, Any]) -> Member:
    """One member. Its addresses may include one that leads to any member (Bitnami's chart lists the Service)."""
    failed = ""
    for url in listed.get("clientURLs", ()):
        for _ in range(3):
            try:
                member = Member(url, call(url, "maintenance/status"))
            except Unhealthy as error:
                failed = str(error)
                break
            if member.id == str(listed["ID"]):
                return member
    raise Unhealthy(failed or f"member {listed.get('name', listed['ID'])} has no address of its own")


def healthy(url: str, ready: Callable[[list[Member]], bool] = lambda _: True) -> list[Member]:
    """Waits until every member is healthy. Raises Unhealthy after HEALTHY_SECONDS."""
    end = time.monotonic() + HEALTHY_SECONDS
    while True:
        try:
            found = members(url)
            if ready(found):
                return found
            reason = Unhealthy("leadership was not taken over")
        except Unhealthy as error:
            reason = error
        if time.monotonic() > end:
            raise reason
        time.sleep(PAUSE_SECONDS)


def hand_over(url: str, leader: Member) -> None:
    """Lets another member lead."""
    others = [each for each in members(url) if each.id != leader.id]
    heir = max(others, key=lambda each: each.applied)
    call(leader.url, "maintenance/transfer-leadership", {"targetID": heir.id})
    healthy(url, lambda found: all(each.leader == heir.id for each in found))
    print(f"{heir.url} leads now", flush=True)


def care(url: str, least_bytes: int = WORTH_BYTES) -> None:
    """Defragments the members that are worth it. Raises Unhealthy as soon as one is not healthy."""
    found = members(url)
    for each in found:
        print(each, flush=True)
    todo = [each.id for each in sorted(found, key=lambda each: each.leads) if each.is_worth_it(least_bytes)]
    if not todo:
        print("nothing is worth it", flush=True)
    for id_ in todo:
        member = next(each for each in healthy(url) if each.id == id_)
        if member.leads and len(found) > 1:
            hand_over(url, member)
        begin = time.monotonic()
        call(member.url, "maintenance/defragment", seconds=DEFRAGMENT_SECONDS)
        after = next(each for each in healthy(url) if each.id == id_)
        print(f"{after}, after {time.monotonic() - begin:.1f} s", flush=True)


def main() -> int:
    try:
        care(os.environ["ETCD_URL"], int(os.environ.get("WORTH_BYTES", WORTH_BYTES)))
    except Unhealthy as error:
        print(f"etcd is left as it is: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
