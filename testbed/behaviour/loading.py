"""Loading and releasing, also across a restart."""

import time

from testbed.behaviour.operation import CALL_SECONDS, MISSING, REFUSED, Room, Target

row = Room("Loading")


@row("`load_collection` without an index", local=REFUSED, older=REFUSED, newer=REFUSED, said="index")
def no_index(target: Target) -> None:
    target.client.load_collection(target.made(load=False), timeout=20)


@row("`search` in a collection that was never loaded", local=REFUSED, older=REFUSED, newer=REFUSED, said="load")
def not_loaded(target: Target) -> None:
    name = target.made(load=False)
    target.index(name, index_type="FLAT", metric_type="L2")
    target.client.search(name, data=[[1.0] * 4])


@row("`search` in a released collection", local=REFUSED, older=REFUSED, newer=REFUSED, said="load|release")
def released(target: Target) -> None:
    name = target.made()
    target.client.release_collection(name)
    target.client.search(name, data=[[1.0] * 4])


@row("`load_collection` with more replicas than nodes", older=REFUSED, newer=REFUSED, said="node|replica")
def replicas(target: Target) -> None:
    name = target.made()
    target.client.release_collection(name)
    target.client.load_collection(name, replica_number=2, timeout=20)


@row("`load_partitions`: others are not searched", local=MISSING, said="load")
def load_partitions(target: Target) -> None:
    client, name = target.client, target.made(load=False)
    client.create_partition(name, "p")
    target.index(name, index_type="FLAT", metric_type="L2")
    client.load_partitions(name, ["p"])
    client.insert(name, [{"id": 1, "v": [1.0] * 4}], partition_name="p")
    client.insert(name, [{"id": 2, "v": [1.0] * 4}])
    hits = client.search(name, data=[[1.0] * 4], consistency_level="Strong")[0]
    assert [each["id"] for each in hits] == [1]


@row("`release_partitions`", local=MISSING, said="load")
def release_partitions(target: Target) -> None:
    client, name = target.client, target.made()
    client.release_partitions(name, ["_default"])
    assert "Loaded" not in str(client.get_load_state(name)["state"]).replace("NotLoad", "")


@row("a loaded collection after a restart", local="loaded", older="loaded", newer="loaded", alone=True)
def loaded_after(target: Target) -> str:
    name = target.made()
    target.client.insert(name, [{"id": 1, "v": [1.0] * 4}])
    target.stop_and_start()
    deadline = time.monotonic() + CALL_SECONDS  # it is loaded again by itself, which takes a while
    while "NotLoad" in str(target.client.get_load_state(name)) or "Loading" in str(target.client.get_load_state(name)):
        if time.monotonic() > deadline:
            return "not loaded"
        time.sleep(0.2)
    return "loaded" if target.keys(name, "id > 0") == [1] else "lost"


@row(
    "a released collection after a restart",
    local=REFUSED,
    older=REFUSED,
    newer=REFUSED,
    said="load|release",
    alone=True,
)
def released_after(target: Target) -> None:
    name = target.made()
    target.client.release_collection(name)
    target.stop_and_start()
    target.keys(name, "id > 0")
