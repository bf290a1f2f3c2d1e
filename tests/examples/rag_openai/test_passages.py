# ruff: noqa: RUF001 - punctuation of other scripts
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


def test_a_sentence_that_is_too_long_is_cut_at_a_space() -> None:
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


def test_chinese_passages_end_with_sentences_and_overlap() -> None:
    text = "今天下雨。明天呢？后天「晴」！他说好。"
    assert list(cut(text, len, 10, 5)) == ["今天下雨。明天呢？", "明天呢？后天「晴」！", "他说好。"]


def test_a_sentence_of_a_script_without_spaces_is_cut_at_a_comma() -> None:
    assert list(cut("甲乙丙丁，戊己庚辛壬癸子丑", len, 8, 0)) == ["甲乙丙丁，", "戊己庚辛壬癸子丑"]


def test_no_character_is_taken_apart() -> None:
    assert list(cut("e\u0301" * 7, len, 7, 0)) == ["e\u0301" * 3, "e\u0301" * 2, "e\u0301" * 2]


def test_a_million_characters_without_a_sentence_are_counted_a_few_times() -> None:
    counted = 0

    def count(text: str) -> int:
        nonlocal counted
        counted += len(text)
        return len(text)

    assert len("".join(cut("丙" * 1_100_000, count, 220, 40))) == 1_100_000
    assert counted < 4 * 1_100_000


TEXTS = st.text(st.sampled_from("ab .\n!"), max_size=300)


@settings(max_examples=200, derandomize=True, deadline=None)
@given(TEXTS, st.integers(4, 30), st.integers(0, 15))
def test_nothing_is_lost_and_nothing_is_too_long(text: str, limit: int, overlap: int) -> None:
    found = list(cut(text, words, limit, min(overlap, limit // 2)))
    assert all(words(passage) <= limit and len(passage) <= limit * 10 for passage in found)
    assert all(passage in text for passage in found)
    assert "".join(cut(text, words, limit, 0)).replace(" ", "").replace("\n", "") == "".join(text.split())
