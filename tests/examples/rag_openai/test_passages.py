import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from examples.rag_openai.documents import Document, Section
from examples.rag_openai.passages import Passage, cut, passages


def words(text: str) -> int:
    return len(text.split())


def test_passages_end_with_sentences_and_repeat_the_last_ones() -> None:
    text = "One two three. Four five six. Seven eight nine. Ten eleven twelve."
    assert list(cut(text, words, 6, 3)) == [
        "One two three. Four five six.",
        "Four five six. Seven eight nine.",
        "Seven eight nine. Ten eleven twelve.",
    ]
    assert list(cut(text, words, 6, 2)) == ["One two three. Four five six.", "Seven eight nine. Ten eleven twelve."]


def test_line_breaks_stay_as_they_were() -> None:
    assert list(cut("- one\n- two\n\n    code\n", words, 50, 0)) == ["- one\n- two\n\n    code"]


def test_a_sentence_that_is_too_long_is_halved_at_a_space() -> None:
    assert list(cut("a b c d e f g h", words, 4, 0)) == ["a b c d", "e f g h"]


def test_a_long_word_that_is_one_token_is_cut_by_its_characters() -> None:
    assert [len(passage) for passage in cut("x" * 400, words, 20, 0)] == [200, 200]


def test_overlap_gives_way_to_the_next_sentence() -> None:
    text = "One two. Three four. Five six seven eight nine ten."
    assert list(cut(text, words, 6, 4)) == ["One two. Three four.", "Five six seven eight nine ten."]


def test_the_heading_is_part_of_what_is_embedded_and_counted() -> None:
    document = Document("d/x.md", [Section("A heading > of five", "One two three. Four five six. Seven.")])
    found = list(passages(document, words, 11, 0))
    assert found == [
        Passage("d/x.md", "A heading > of five", "One two three. Four five six."),
        Passage("d/x.md", "A heading > of five", "Seven."),
    ]
    assert found[1].embedded == "A heading > of five\nSeven."


def test_a_key_follows_from_the_content_on_every_machine() -> None:
    assert Passage("d/x.md", "A", "text").id == "52e3e2ad6023de1d5aa7f3ee0bb6dea6"


@pytest.mark.parametrize("other", [("d/y.md", "A", "text"), ("d/x.md", "B", "text"), ("d/x.md", "A", "Text")])
def test_other_content_has_another_key(other: tuple[str, str, str]) -> None:
    assert Passage(*other).id != Passage("d/x.md", "A", "text").id


TEXTS = st.text(st.sampled_from("ab .\n!"), max_size=300)


@settings(max_examples=200, derandomize=True, deadline=None)
@given(TEXTS, st.integers(4, 30), st.integers(0, 15))
def test_nothing_is_lost_and_nothing_is_too_long(text: str, limit: int, overlap: int) -> None:
    found = list(cut(text, words, limit, min(overlap, limit // 2)))
    assert all(words(passage) <= limit and len(passage) <= limit * 10 for passage in found)
    assert all(passage in text for passage in found)
    assert "".join(cut(text, words, limit, 0)).replace(" ", "").replace("\n", "") == "".join(text.split())
