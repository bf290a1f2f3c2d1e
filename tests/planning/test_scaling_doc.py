"""The tables in docs/scaling.md contain the numbers that the program computes."""

from planning.scaling_doc import PAGE, rendered


def test_the_tables_are_fresh() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert rendered(page) == page, "run `make docs`"


def test_no_size_up_to_a_billion_is_refused() -> None:
    rows = [
        line for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith(("| 1 ", "| 10 ", "| 100 "))
    ]
    assert not [row for row in rows if "refused" in row and "10 billion" not in row]
