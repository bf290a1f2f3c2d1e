import pytest

from examples.rag_openai.settings import Settings, SettingsError, from_environment, variable
from tests.engine import ROOT

ENDPOINT = {"RAG_EMBEDDING_BASE_URL": "http://127.0.0.1:1/v1", "RAG_EMBEDDING_MODEL": "m"}


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"RAG_TOP_K": "0"}, "RAG_TOP_K=0: Input should be greater than or equal to 1"),
        ({"RAG_TOPK": "3"}, "RAG_TOPK is no setting; there are RAG_STACK, RAG_COLLECTION, "),
        ({"RAG_INDEX": "SCANN"}, "RAG_INDEX=SCANN: Input should be 'FLAT', 'HNSW' or 'AUTOINDEX'"),
        ({"RAG_COLLECTION": "a-b"}, "RAG_COLLECTION=a-b: String should match pattern"),
        ({"RAG_CHAT_MODEL": "m"}, "RAG_CHAT_MODEL is set: set RAG_CHAT_BASE_URL and RAG_CHAT_MODEL, or neither"),
        ({"RAG_EMBEDDING_API_KEY": "k"}, "RAG_EMBEDDING_API_KEY is set: set RAG_EMBEDDING_BASE_URL and"),
        ({"RAG_CHAT_BASE_URL": "localhost", "RAG_CHAT_MODEL": "m"}, "RAG_CHAT_BASE_URL=localhost: Input should be a v"),
        ({"RAG_EMBEDDING_DIMENSION": "8"}, "RAG_EMBEDDING_DIMENSION is for endpoints: MiniLM's vectors have 384"),
        ({"RAG_OVERLAP_TOKENS": "111"}, "RAG_OVERLAP_TOKENS=111: at most half of RAG_PASSAGE_TOKENS=220"),
    ],
)
def test_a_wrong_setting_is_named_as_it_was_written(given: dict[str, str], said: str) -> None:
    with pytest.raises(SettingsError) as caught:
        from_environment(given)
    assert str(caught.value).startswith(said)


def test_several_wrong_settings_are_named_at_once() -> None:
    with pytest.raises(SettingsError) as caught:
        from_environment({"RAG_TOP_K": "0", "RAG_BATCH": "none"})
    assert [line.split(":")[0] for line in str(caught.value).splitlines()] == ["RAG_BATCH=none", "RAG_TOP_K=0"]


def test_a_key_is_never_shown() -> None:
    given = {**ENDPOINT, "RAG_EMBEDDING_API_KEY": "sk-secret"}
    assert "sk-secret" not in repr(from_environment(given))
    with pytest.raises(SettingsError) as caught:
        from_environment({**given, "RAG_TOP_K": "x", "RAG_CHAT_API_KEY": "sk-secret"})
    assert "sk-secret" not in str(caught.value)


def test_the_readme_lists_every_setting() -> None:
    rows = [
        f"| `{variable(name)}` | {'' if field.default is None else f'`{field.default}`'} | {field.description} |"
        for name, field in Settings.model_fields.items()
    ]
    assert "\n".join(rows) in (ROOT / "examples" / "rag_openai" / "README.md").read_text()


def test_an_empty_variable_is_as_none() -> None:
    assert from_environment({"RAG_CHAT_BASE_URL": "", "HOME": "x"}) == from_environment({})
