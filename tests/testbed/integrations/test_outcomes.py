"""Other people's packages on the local server: each operation comes out as the table in docs/consumers.md says."""

import pytest

from rehearsal.run import UnavailableError
from testbed.integrations.outcomes import counts, outcome, recorded, table, tried, wrong
from testbed.integrations.packages import PACKAGES, PROGRAMS, Package

SAID = {"title": "t", "beyond": "users", "refusal": "UNIMPLEMENTED", "error": ""}
ENGINE_CAN = 0.9
"""Share of what the engine can do at all that has to pass."""


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:subprocess .* is still running:ResourceWarning")
@pytest.mark.parametrize("package", PACKAGES, ids=lambda package: package.name)
def test_every_operation_comes_out_as_recorded(package: Package) -> None:
    try:
        found = tried([package])
    except UnavailableError as error:
        if "no Node.js" in str(error):
            pytest.skip(str(error))
        raise
    assert wrong(found, recorded()) == []


def test_nine_of_ten_operations_that_the_engine_can_do_pass_with_each_package() -> None:
    shares = {name: passed / possible for name, (passed, possible) in counted().items()}
    assert [name for name, share in shares.items() if share < ENGINE_CAN] == []


def test_every_package_and_every_program_is_recorded() -> None:
    assert list(counted()) == [package.name for package in PACKAGES]
    programs = {file.name for file in PROGRAMS.glob("with_*")}
    assert programs == {package.program for package in PACKAGES}
    assert sum(possible for _, possible in counted().values()) > 100


def counted() -> dict[str, tuple[int, int]]:
    known = recorded()
    return {package.name: counts(known[package.name]) for package in PACKAGES if package.name in known}


@pytest.mark.parametrize(
    ("error", "said"),
    [
        ("", "passes"),
        ("RpcError: UNIMPLEMENTED", "beyond: users"),
        ("ValueError: something else", "ValueError: something else"),
    ],
)
def test_a_failure_counts_as_foreseen_only_for_the_reason_that_was(error: str, said: str) -> None:
    assert outcome({**SAID, "error": error}) == said


def test_a_failure_that_nobody_foresaw_is_an_error() -> None:
    assert outcome({**SAID, "beyond": "", "error": "RpcError: UNIMPLEMENTED"}) == "RpcError: UNIMPLEMENTED"


def test_what_changed_is_new_or_was_left_out_is_named() -> None:
    found = {"cli": {"a": "passes", "b": "ValueError: no", "c": "passes"}}
    known = {"cli": {"a": "passes", "b": "passes", "d": "passes"}}
    assert wrong(found, known) == [
        "cli, b: ValueError: no, not passes",
        "cli, d: not tried, not passes",
        "cli, c: passes, not recorded",
    ]


def test_the_table_counts_what_passes_of_what_the_engine_can_do() -> None:
    shown = table({"cli": {"a": "passes", "b": "beyond: users", "c": "passes", "d": "ValueError: no | yes"}})
    assert shown.splitlines()[0] == (
        "2 of 4 operations pass: 67% of the 3 that neither need what the engine has not, nor fail with every Milvus:"
    )
    assert "| milvus-cli 1.2.1 | 2 of 4 | b (users); d (ValueError: no / yes) |" in shown
    assert "- milvus-cli 1.2.1: a; c" in shown
