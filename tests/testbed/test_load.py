"""A row is lost if Milvus acknowledged it and it is not found; other missing rows are not lost."""

from typing import Any

import pytest

from testbed import load
from testbed.load import Table, count, under_load


class Collection:
    """The parts of a MilvusClient that a table needs. A test can make it refuse or forget rows."""

    def __init__(self) -> None:
        self.rows: set[int] = set()
        self.refusing = self.forgetting = False

    def insert(self, _: str, rows: list[dict[str, Any]], **__: Any) -> None:
        if self.refusing:
            raise ConnectionError("server unavailable")
        if not self.forgetting:
            self.rows |= {row["pk"] for row in rows}

    def query(self, _: str, *, filter: str, limit: int = 1, **__: Any) -> list[dict[str, int]]:  # noqa: A002
        if self.refusing:
            raise ConnectionError("server unavailable")
        if "==" in filter:
            return []
        after = int(filter.rpartition(" ")[2])
        return [{"pk": key} for key in sorted(key for key in self.rows if key > after)[:limit]]

    def __getattr__(self, _: str) -> Any:
        def call(*_: object, **__: object) -> Any:
            return self

        return call


@pytest.fixture
def collection(monkeypatch: pytest.MonkeyPatch) -> Collection:
    monkeypatch.setattr(load, "FAILED_PAUSE_SECONDS", 0.01)
    monkeypatch.setattr(load, "PAGE", 40)
    return Collection()


def test_all_pages_are_counted(collection: Collection) -> None:
    table = Table(collection, "rows")
    table.insert(100)
    table.insert(1)
    assert (count(table).acknowledged, count(table).found, count(table).lost) == (101, 101, 0)


def test_what_was_acknowledged_and_is_not_there_is_lost(collection: Collection) -> None:
    table = Table(collection, "rows")
    table.insert(10)
    collection.forgetting = True
    table.insert(5)
    assert (count(table).acknowledged, count(table).found, count(table).lost) == (15, 10, 5)


def test_what_nobody_acknowledged_is_not_lost_and_its_keys_are_not_used_again(collection: Collection) -> None:
    table = Table(collection, "rows")
    collection.refusing = True
    with pytest.raises(ConnectionError):
        table.insert(5)
    collection.refusing = False
    table.insert(5)
    assert table.acknowledged == {5, 6, 7, 8, 9}
    assert count(table).lost == 0


def test_an_outage_under_load_is_a_gap_and_failed_writes_but_no_loss(collection: Collection) -> None:
    table = Table(collection, "rows")

    def strike() -> None:
        collection.refusing = True
        load.time.sleep(0.3)
        collection.refusing = False

    survival = under_load(table, strike, batch=1, settle_seconds=0.2)
    assert survival.lost == 0
    assert survival.failed_writes > 0
    assert survival.write_gap_seconds > 0.2
    assert survival.acknowledged == survival.found > 0
