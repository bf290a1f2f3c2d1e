"""connect(..., portable=True) refuses what local stacks and Milvus answer differently, and nothing else."""

from collections.abc import Iterator
from typing import Any

import pytest
from pymilvus import DataType

from milvus_contract import NotPortableError, connect, parse
from testbed.behaviour.operation import Operation, Target
from testbed.behaviour.trying import OPERATIONS
from tests.milvus_contract.contracts import EMBEDDED
from tests.milvus_lite import running

pytestmark = pytest.mark.filterwarnings("ignore:subprocess .* is still running:ResourceWarning")
UNNOTICED = ("a wrong password", "REST v2 (`/v2/vectordb`)", "REST v1 (`/v1/vector`)")
"""Differences that no client can notice."""
DIFFERING = [each for each in OPERATIONS if each.differs and each.title not in UNNOTICED]


@pytest.fixture(scope="module")
def target(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    with running(tmp_path_factory.mktemp("milvus")) as server:
        uri = f"http://127.0.0.1:{server.port}"
        target = Target(uri, "", lambda: None)
        target.client.close()
        target.client = connect(parse({**EMBEDDED, "milvus_uri": uri}, "test"), portable=True)
        yield target
        target.client.close()


@pytest.mark.parametrize("operation", DIFFERING, ids=[each.title for each in DIFFERING])
def test_what_differs_is_refused(target: Target, operation: Operation) -> None:
    with pytest.raises(NotPortableError, match="local stack"):
        operation.run(target)


def test_what_does_not_differ_is_taken(target: Target) -> None:
    client: Any = target.client
    name = target.made(("text", DataType.VARCHAR, {"max_length": 99}), load=False)
    target.index(name, index_type="HNSW", metric_type="L2", params={"M": 8, "efConstruction": 64})
    client.load_collection(name)
    client.upsert(name, [{"id": 1, "v": [1.0] * 4, "text": "2 ** 2, or random_sample(1)"}])
    written = "text == '2 ** 2, or random_sample(1)'"
    assert target.keys(name, written, consistency_level="Strong") == [1]
    (hit,) = client.search(name, data=[[1.0] * 4], filter=written, limit=1, search_params={"params": {"ef": 16}})[0]
    assert hit["id"] == 1


def test_rows_without_keys_of_their_own_are_inserted(target: Target) -> None:
    name = target.made(auto_id=True)
    assert target.client.insert(name, [{"v": [1.0] * 4}])["insert_count"] == 1
