"""Filters, on one collection that all of them read."""

from functools import cache, partial
from typing import Any

from pymilvus import DataType

from testbed.behaviour.operation import REFUSED, Room, Target

row = Room("Filters")
WRONG = "pars|unsupported|not support|invalid|unknown|unexpected|not exist|column|mismatch"


@cache
def rows(target: Target) -> str:
    """A collection of four rows."""
    array = {"element_type": DataType.INT64, "max_capacity": 4}
    name = target.made(
        ("n", DataType.INT64),
        ("x", DataType.DOUBLE),
        ("t", DataType.VARCHAR, {"max_length": 99}),
        ("j", DataType.JSON),
        ("a", DataType.ARRAY, array),
        dynamic=True,
    )
    texts = ("red apple", "green pear", "50% off", "red_wine")
    target.client.insert(
        name,
        [
            {
                "id": key,
                "v": [float(key), 0.0, 0.0, 1.0],
                "n": key * 10,
                "x": key / 2,
                "t": texts[key - 1],
                "j": {"k": key, "tags": ["a", "b"][: key % 3]},
                "a": list(range(key)),
                "extra": key,
            }
            for key in (1, 2, 3, 4)
        ],
    )
    return name


def found(target: Target, expression: str, keys: list[int], **options: Any) -> str | None:
    """Whether a filter finds these keys."""
    got = target.keys(rows(target), expression, **options)
    return None if got == keys else f"finds {got}"


for expression, keys in {
    "n == 20": [2],
    "n in [10, 40]": [1, 4],
    "not (n in [10, 40])": [2, 3],
    "10 < n <= 30": [2, 3],
    "n > 10 and x < 2": [2, 3],
    "n == 10 or t == 'red_wine'": [1, 4],
    "n + 10 == 30": [2],
    "n % 20 == 0": [2, 4],
    't like "red%"': [1, 4],
    't > "g"': [1, 2, 4],
    'j["k"] >= 3': [3, 4],
    'json_contains(j["tags"], "b")': [2],
    "array_contains(a, 2)": [3, 4],
    "array_contains_all(a, [0, 3])": [4],
    "array_length(a) == 2": [2],
    "a[0] == 0": [1, 2, 3, 4],
    "exists extra": [1, 2, 3, 4],
    "extra == 3": [3],
}.items():
    row(f"`{expression}`", said=WRONG)(partial(found, expression=expression, keys=keys))
for expression, keys in {
    't like "%pear"': [2],
    't like "%e%e%"': [1, 2, 4],
    "n is null": [],
}.items():
    row(f"`{expression}`", older=REFUSED, said=WRONG)(partial(found, expression=expression, keys=keys))
row("`n ** 2 == 400`", local=REFUSED, older=REFUSED, said=WRONG)(partial(found, expression="n ** 2 == 400", keys=[2]))
row("`random_sample(0.999)`", local=REFUSED, older=REFUSED, said=WRONG)(
    partial(found, expression="random_sample(0.999)", keys=[1, 2, 3, 4])
)
row("a template's values", older=REFUSED, said=WRONG)(
    partial(found, expression="n in {some}", keys=[2, 3], filter_params={"some": [20, 30]})
)
row('`t like "red\\_%"` (an escaped `_`)', older="finds []")(partial(found, expression=r't like "red\\_%"', keys=[4]))
row("a filter with a mistake", local=REFUSED, older=REFUSED, newer=REFUSED, said=WRONG)(
    partial(found, expression="a.b ==", keys=[])
)


def analysed(target: Target) -> str:
    """A collection with a text that can be matched by words."""
    words = {"max_length": 99, "enable_analyzer": True, "enable_match": True}
    name = target.made(("t", DataType.VARCHAR, words))
    target.client.insert(name, [{"id": 1, "v": [1.0] * 4, "t": "a red apple"}, {"id": 2, "v": [1.0] * 4, "t": "pear"}])
    return name


@row("`text_match`", older=REFUSED, said=WRONG)
def text_match(target: Target) -> None:
    assert target.keys(analysed(target), 'text_match(t, "apple")') == [1]


@row("`phrase_match`", local=REFUSED, older=REFUSED, said=WRONG)
def phrase_match(target: Target) -> None:
    assert target.keys(analysed(target), 'phrase_match(t, "red apple")') == [1]
