"""retry() goes on through a failover of a real server, and raises at once what does not pass."""

import asyncio
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from components.embedded.server import start, stop
from milvus_contract import connect, connect_async, parse, retry, retry_async
from milvus_contract.retrying import fails_over
from tests.milvus_contract.contracts import EMBEDDED
from tests.milvus_lite import running

pytestmark = pytest.mark.filterwarnings("ignore:subprocess .* is still running:ResourceWarning")


class Flaky:
    """Raises errors one after the other, then answers."""

    def __init__(self, *errors: Exception) -> None:
        self.errors = list(errors)

    def __call__(self) -> str:
        if self.errors:
            raise self.errors.pop(0)
        return "answer"

    async def asked(self) -> str:
        return self()


PASSING = (
    Exception("collection not loaded[collection=7]"),
    Exception("StatusCode.UNAVAILABLE"),
    Exception("no available shard"),
)


def test_errors_of_a_failover_are_waited_out() -> None:
    assert retry(Flaky(*PASSING)) == "answer"
    assert asyncio.run(retry_async(Flaky(*PASSING).asked)) == "answer"


def test_other_errors_are_raised_at_once() -> None:
    flaky = Flaky(ValueError("the dimension is 3"), ValueError("again"))
    with pytest.raises(ValueError, match="the dimension is 3"):
        retry(flaky)
    assert len(flaky.errors) == 1


def test_a_failover_that_does_not_end_is_raised_after_the_time() -> None:
    begin = time.monotonic()
    with pytest.raises(Exception, match="UNAVAILABLE"):
        retry(Flaky(*[Exception("UNAVAILABLE")] * 99), seconds=0.5)
    assert 0.4 < time.monotonic() - begin < 5


@pytest.mark.parametrize("said", ["permission deny", "collection not found", "invalid parameter"])
def test_what_waiting_does_not_change_is_no_failover(said: str) -> None:
    assert not fails_over(Exception(said))


def test_clients_of_both_kinds_go_on_through_a_restart(tmp_path: Path) -> None:
    with running(tmp_path) as server:
        contract = parse({**EMBEDDED, "milvus_uri": f"http://127.0.0.1:{server.port}"}, "test")
        client: Any = connect(contract)
        client.create_collection("c", dimension=4)
        client.insert("c", [{"id": 1, "vector": [1.0] * 4}])
        stop(server)
        later = threading.Timer(1, start, [server])
        later.start()
        found = retry(lambda: client.query("c", filter="id > 0"))
        later.join()
        client.close()

        async def asked() -> Any:
            other: Any = await connect_async(contract)
            try:
                return await retry_async(lambda: other.query("c", filter="id > 0"))
            finally:
                await other.close()

        assert [row["id"] for row in found] == [row["id"] for row in asyncio.run(asked())] == [1]
