"""What filters may say: templates, ranges such as `1 < n <= 3`, and the remainder `%`."""

import json
import math
import re
from importlib import import_module
from typing import Any

QUOTED = r'"(?:\\.|[^"\\])*"|' + r"'(?:\\.|[^'\\])*'"


def filled(expression: str, values: Any) -> str:
    """A filter with its template's values in it. Braces within quotes are text."""

    def value(found: re.Match[str]) -> str:
        return literal(values[found[1]]) if found[1] and found[1] in values else found[0]

    return re.sub(QUOTED + r"|\{\s*(\w+)\s*\}", value, expression) if len(values) else expression


def literal(value: Any) -> str:
    """A template's value as a filter writes it."""
    kind = value.WhichOneof("val" if hasattr(value, "bool_val") else "data")
    content = getattr(value, kind)
    if kind == "array_val":
        return literal(content)
    if hasattr(content, "data"):  # an array of values, or of arrays
        return f"[{', '.join(literal(each) if hasattr(each, 'DESCRIPTOR') else text(each) for each in content.data)}]"
    return text(content)


def text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else json.dumps(value, ensure_ascii=False)


def mend_parser() -> None:
    """Teaches the engine's parser ranges and remainders."""
    parser: Any = import_module("milvus_lite.search.filter.parser")
    rows: Any = import_module("milvus_lite.search.filter.eval.python_backend")
    columns: Any = import_module("milvus_lite.search.filter.eval.arrow_backend")
    tokenize, compared = parser.tokenize, parser.Parser.parse_cmp
    kinds = parser.TokenKind

    def tokens(source: str) -> Any:
        """The engine knows no `%`: it reads a `*` in its place, whose text is `%`."""
        places = {found.start() for found in re.finditer(QUOTED + "|%", source) if found[0] == "%"}
        asked = "".join("*" if at in places else each for at, each in enumerate(source))
        return [parser.Token(each.kind, "%", each.pos) if each.pos in places else each for each in tokenize(asked)]

    def product(self: Any) -> Any:
        """`*`, `/` and `%`, from the left to the right."""
        left = self.parse_unary()
        while self._peek().kind in (kinds.MUL, kinds.DIV):
            operator = self._consume()
            left = parser.ArithOp(op=operator.text, left=left, right=self.parse_unary(), pos=operator.pos)
        return left

    def comparison(self: Any) -> Any:
        """`a < b < c` is `a < b and b < c`; the engine would compare a truth with c."""
        found = compared(self)
        inner: Any = getattr(found, "left", None)
        if isinstance(found, parser.CmpOp) and isinstance(inner, parser.CmpOp):
            second = parser.CmpOp(op=found.op, left=inner.right, right=found.right, pos=found.pos)
            return parser.And(operands=(inner, second), pos=inner.pos)
        return found

    def remainder(left: Any, right: Any) -> Any:
        """The remainder of columns, with the sign of the first, as in C++."""
        compute: Any = import_module("pyarrow.compute")
        whole = compute.trunc(compute.divide(compute.cast(left, "float64"), compute.cast(right, "float64")))
        return compute.subtract(left, compute.multiply(compute.cast(whole, "int64"), right))

    parser.tokenize, parser.Parser.parse_mul, parser.Parser.parse_cmp = tokens, product, comparison
    rows._ARITH_OPS["%"] = math.fmod
    columns._ARITH_KERNELS["%"] = remainder
