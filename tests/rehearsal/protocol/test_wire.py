"""Conversion of values to and from the engine's protocol."""

from hypothesis import given, settings
from hypothesis import strategies as st

from rehearsal.protocol.wire import (
    OUTPUT,
    SIGNATURE,
    UNKNOWN,
    decode,
    encode,
    plain,
    plain_properties,
    reference,
    references,
    secret,
    secrets,
    type_of,
    unknown,
)

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**50), 2**50) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=10,
)


@given(st.dictionaries(st.text(max_size=5), VALUES, max_size=4))
@settings(max_examples=50)
def test_what_is_encoded_comes_back_the_same(properties: dict[str, object]) -> None:
    assert decode(encode(properties)) == properties


def test_marks_come_off_at_any_depth_and_a_reference_is_its_id() -> None:
    value = {
        "password": secret("p"),
        "inside": [{"key": secret({"a": 1})}],
        "vpc": reference("urn:x", "vpc-1", "7"),
        "made": {SIGNATURE: OUTPUT, "value": 3, "dependencies": ["urn:y"]},
    }
    assert plain(value) == {"password": "p", "inside": [{"key": {"a": 1}}], "vpc": "vpc-1", "made": 3}
    assert list(secrets(value)) == ["p", {"a": 1}]
    assert list(references(value)) == ["urn:x"]


def test_an_output_without_a_value_is_unknown() -> None:
    pending = {SIGNATURE: OUTPUT}
    assert unknown(pending)
    assert unknown({"a": [UNKNOWN]})
    assert not unknown({"a": [secret("x")]})
    assert plain(pending) == UNKNOWN


def test_a_value_is_marked_once() -> None:
    assert secret(secret("x")) == secret("x")


def test_notes_of_bridged_providers_are_no_inputs() -> None:
    assert plain_properties({"__defaults": ["name"], "name": "x"}) == {"name": "x"}


def test_the_type_in_a_urn_is_the_last_of_its_chain() -> None:
    assert type_of("urn:pulumi:dev::p::a:b:C$aws:ec2/vpc:Vpc::name::with::colons") == "aws:ec2/vpc:Vpc"
