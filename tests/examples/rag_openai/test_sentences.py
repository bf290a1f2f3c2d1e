# ruff: noqa: RUF001 - punctuation of other scripts
import pytest

from examples.rag_openai.sentences import sentences


@pytest.mark.parametrize(
    "parts",
    [
        ["One. ", "Two! ", "Three?"],
        ['He said "no." ', "(Twice.) ", "End"],
        ["Version 3.5 of a.b at http://x.example/?q=1 is out. ", "Yes"],
        ["a line\n", "another\n\n", "third"],
        ["今天下雨。", "明天呢？", "「好！」", "他说。"],
        ["今日は。", "「本当？」", "はい！"],
        ["यह एक वाक्य है। ", "दूसरा।"],
        ["هل هذا صحيح؟ ", "نعم."],
        ["یہ ایک جملہ ہے۔ ", "دوسرا۔"],
        ["Սա նախադասություն է։ ", "Երկրորդ։"],
        ["ይህ ዓረፍተ ነገር ነው። ", "ሁለተኛ።"],
        ["မင်္ဂလာပါ။", "ဟုတ်ကဲ့။"],
        ["សួស្តី។ ", "បាទ។"],
    ],
    ids=["en", "quotes", "points", "lines", "zh", "ja", "hi", "ar", "ur", "hy", "am", "my", "km"],
)
def test_sentences_end_as_their_script_ends_them(parts: list[str]) -> None:
    assert sentences("".join(parts)) == parts
