"""The probe tells a working Milvus from a broken one, and says which layer is at fault."""

from collections.abc import Iterator

import pytest

from components.milvus import probe_script
from components.milvus.probe_script import COLLECTION, ROWS, Failed, Probe
from tests.components.milvus.rest import FakeMilvus


@pytest.fixture
def milvus() -> Iterator[FakeMilvus]:
    fake = FakeMilvus()
    yield fake
    fake.close()


def probe(milvus: FakeMilvus, seconds: float = 60, login: str = "root:right") -> Probe:
    return Probe(milvus.url, login, step_seconds=seconds, pause_seconds=0.01)


def test_a_working_milvus_passes_every_step_and_is_left_as_it_was(milvus: FakeMilvus) -> None:
    assert list(probe(milvus).run()) == ["login", "create", "insert", "flush", "written", "search", "drop"]
    assert milvus.collections == {}


def test_what_an_earlier_probe_left_is_dropped_first(milvus: FakeMilvus) -> None:
    milvus.collections[COLLECTION] = {99: [0, 0, 0, 0]}
    probe(milvus).run()
    assert milvus.collections == {}


def test_a_refused_password_fails_at_once_and_names_the_credentials(milvus: FakeMilvus) -> None:
    with pytest.raises(Failed, match=r"'login' \(layer: credentials\).*hasn't authenticated.*first start") as failed:
        probe(milvus, login="root:wrong").run()
    assert milvus.calls == ["collections/list"]
    assert "wrong" not in str(failed.value)


@pytest.mark.parametrize(
    ("path", "step", "layer"),
    [
        ("collections/create", "create", "Kafka"),  # what a wrong SCRAM password looks like: no answer at all
        ("entities/insert", "insert", "Kafka"),
        ("collections/flush", "flush", "S3"),
        ("entities/search", "search", "query nodes"),
        ("collections/drop", "drop", "coordinators"),
    ],
)
def test_a_step_without_an_answer_fails_in_its_time_and_names_its_layer(
    milvus: FakeMilvus, path: str, step: str, layer: str
) -> None:
    milvus.replies[path] = milvus.hanging
    with pytest.raises(Failed, match=rf"{step!r} \(layer: {layer}\).*tried for 1 s"):
        probe(milvus, seconds=1).run()


def test_rows_that_never_reach_the_object_store_name_s3(milvus: FakeMilvus) -> None:
    milvus.replies["collections/flush"] = lambda _: {}
    with pytest.raises(Failed, match=rf"'written' \(layer: S3\): 0 of {ROWS} rows are in the object store"):
        probe(milvus, seconds=1).run()


def test_a_wrong_nearest_neighbour_is_no_success(milvus: FakeMilvus) -> None:
    milvus.replies["entities/search"] = lambda _: {"data": [{"id": "6", "distance": 0}]}
    with pytest.raises(Failed, match=r"'search' \(layer: query nodes\): the nearest row to row 5"):
        probe(milvus, seconds=1).run()


def test_ids_may_come_as_text_as_milvus_sends_them_to_some_clients(milvus: FakeMilvus) -> None:
    milvus.replies["entities/search"] = lambda _: {"data": [{"id": "5", "distance": 0}]}
    probe(milvus).run()


def test_rows_taken_in_part_are_no_success(milvus: FakeMilvus) -> None:
    milvus.replies["entities/insert"] = lambda _: {"data": {"insertCount": 3}}
    with pytest.raises(Failed, match=rf"'insert' \(layer: Kafka\): 3 of {ROWS} rows were taken"):
        probe(milvus, seconds=1).run()


def test_milvus_own_words_survive_a_deadline_that_ends_the_next_try(milvus: FakeMilvus) -> None:
    answers = iter([{"code": 5, "message": "no available streaming node"}])
    milvus.replies["collections/create"] = lambda body: next(answers, None) or milvus.hanging(body)
    with pytest.raises(Failed, match="code 5: no available streaming node"):
        probe(milvus, seconds=1).run()


def test_a_passing_error_is_tried_again(milvus: FakeMilvus) -> None:
    answers = iter([{"code": 106, "message": "collection is on the way to being loaded"}])
    milvus.replies["entities/search"] = lambda body: next(answers, None) or milvus.answer(body)
    probe(milvus).run()
    assert milvus.calls.count("entities/search") == 2


def test_nobody_listening_names_the_network(milvus: FakeMilvus) -> None:
    silent = Probe("http://127.0.0.1:1", "root:right", step_seconds=0.1, pause_seconds=0.01)
    with pytest.raises(Failed, match=r"'login' \(layer: network\).*NetworkPolicy"):
        silent.run()


def test_the_job_sees_its_outcome_by_exit_code_and_last_line(
    milvus: FakeMilvus, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("MILVUS_URL", milvus.url)
    monkeypatch.setenv("MILVUS_ROOT_PASSWORD", "right")
    assert probe_script.main() == 0
    assert capsys.readouterr().out.startswith("probe passed: login")
    monkeypatch.setenv("MILVUS_ROOT_PASSWORD", "stale")
    assert probe_script.main() == probe_script.EXIT_REFUSED
    assert capsys.readouterr().err.splitlines()[-1].startswith("probe failed at 'login' (layer: credentials)")
