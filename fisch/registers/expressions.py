"""Integer expressions of the register data, compiled into functions of ints or arrays.

The data files state addresses, conversions and a few encodings as small integer formulae,
e.g. ``"[0x110400, 0x118400][block] + 4*n"``. A formula is parsed, every node of its syntax
tree is checked against a list of harmless node types, and a new tree is built from it in
which the constructs that NumPy cannot broadcast (table lookup, conditional, chained
comparison) are calls of the helpers below. One compiled function serves Python integers and
NumPy arrays alike.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

import numpy as np

__all__ = ["ExpressionError", "NoCounterpartError", "compile_expression", "is_list_expression"]


class ExpressionError(ValueError):
    """A formula uses something other than integer arithmetic."""


class NoCounterpartError(RuntimeError):
    """A conversion has no result for this value."""


class _Absent:
    """Result of a formula where it says ``None`` or ``error``."""

    def __init__(self, name: str):
        self.name = name


_NONE = _Absent("None")
_ERROR = _Absent("error")


def _take(table: Any, *indices: Any) -> Any:
    """``table[i][j]...``, elementwise where an index is an array."""
    if any(isinstance(i, np.ndarray) for i in indices):
        return np.asarray(table)[indices]
    for index in indices:
        table = table[index]
    return table


def _where(condition: Any, yes: Any, no: Any) -> Any:
    """``yes if condition else no``; where it has no counterpart an array holds -1."""
    if isinstance(condition, np.ndarray):
        return np.where(condition, -1 if isinstance(yes, _Absent) else yes,
                        -1 if isinstance(no, _Absent) else no)
    return yes if condition else no


def _both(*values: Any) -> Any:
    """All of the conditions."""
    result = values[0]
    for value in values[1:]:
        result = result & value
    return result


def _not(value: Any) -> Any:
    """Logical complement."""
    return value == 0


def _bit_length(value: Any) -> Any:
    """Position of the highest set bit plus one."""
    if isinstance(value, np.ndarray):
        result = np.zeros(value.shape, dtype=np.int64)
        for bit in range(63):
            result[(value >> bit) != 0] = bit + 1
        return result
    return int(value).bit_length()


def _stack(*values: Any) -> Any:
    """A list; of arrays the elements lie along a new last axis."""
    if any(isinstance(v, np.ndarray) for v in values):
        return np.stack(np.broadcast_arrays(*values), axis=-1)
    return list(values)


def _each(function: Callable[[Any], Any], values: Any) -> Any:
    """A list comprehension over ``range`` or over an inner list."""
    if isinstance(values, np.ndarray):
        values = [values[..., i] for i in range(values.shape[-1])]
    return _stack(*(function(v) for v in values))


_HELPERS: dict[str, Any] = {
    "__builtins__": {},
    "_take": _take, "_where": _where, "_both": _both, "_not": _not, "_stack": _stack,
    "_each": _each, "_bit_length": _bit_length, "_none": _NONE, "_error": _ERROR, "range": range,
}
_OPERATORS = (ast.Add, ast.Sub, ast.Mult, ast.FloorDiv, ast.Mod, ast.LShift, ast.RShift,
              ast.BitAnd, ast.BitOr, ast.BitXor)
_COMPARISONS = (ast.Eq, ast.NotEq, ast.Lt, ast.LtE, ast.Gt, ast.GtE)


class _Builder:
    """Builds the broadcastable tree out of the parsed one, refusing all but arithmetic."""

    def __init__(self, text: str, names: frozenset[str]):
        self.text = text
        self.names = names

    def refuse(self, node: ast.AST) -> ExpressionError:
        return ExpressionError(f"{type(node).__name__} is not allowed in {self.text!r}")

    def call(self, name: str, *arguments: ast.expr) -> ast.expr:
        return ast.Call(ast.Name(name, ast.Load()), list(arguments), [])

    def build(self, node: ast.AST) -> ast.expr:
        method = getattr(self, "on_" + type(node).__name__.lower(), None)
        if method is None:
            raise self.refuse(node)
        result: ast.expr = method(node)
        return result

    def on_constant(self, node: ast.Constant) -> ast.expr:
        if node.value is None:
            return ast.Name("_none", ast.Load())
        if type(node.value) is not int:
            raise self.refuse(node)
        return ast.Constant(node.value)

    def on_name(self, node: ast.Name) -> ast.expr:
        if node.id == "error":
            return ast.Name("_error", ast.Load())
        if node.id not in self.names:
            raise ExpressionError(f"unknown name {node.id!r} in {self.text!r}")
        return ast.Name(node.id, ast.Load())

    def on_binop(self, node: ast.BinOp) -> ast.expr:
        if not isinstance(node.op, _OPERATORS):
            raise self.refuse(node.op)
        return ast.BinOp(self.build(node.left), node.op, self.build(node.right))

    def on_unaryop(self, node: ast.UnaryOp) -> ast.expr:
        if isinstance(node.op, ast.Not):
            return self.call("_not", self.build(node.operand))
        if not isinstance(node.op, ast.USub | ast.Invert):
            raise self.refuse(node.op)
        return ast.UnaryOp(node.op, self.build(node.operand))

    def on_compare(self, node: ast.Compare) -> ast.expr:
        if not all(isinstance(op, _COMPARISONS) for op in node.ops):
            raise self.refuse(node)
        sides = [self.build(n) for n in (node.left, *node.comparators)]
        pairs: list[ast.expr] = [ast.Compare(left, [op], [right]) for left, op, right
                                 in zip(sides, node.ops, sides[1:], strict=False)]
        return pairs[0] if len(pairs) == 1 else self.call("_both", *pairs)

    def on_ifexp(self, node: ast.IfExp) -> ast.expr:
        return self.call("_where", self.build(node.test), self.build(node.body),
                         self.build(node.orelse))

    def on_list(self, node: ast.List) -> ast.expr:
        return self.call("_stack", *(self.build(n) for n in node.elts))

    def on_subscript(self, node: ast.Subscript) -> ast.expr:
        indices: list[ast.expr] = []
        value: ast.expr = node
        while isinstance(value, ast.Subscript):
            indices.insert(0, self.build(value.slice))
            value = value.value
        if isinstance(value, ast.List):
            # a table of constants is built once, when the function is compiled
            table = ast.literal_eval(value)
            return self.call("_take", ast.Constant(_freeze(table)), *indices)
        if isinstance(value, ast.Name) and len(indices) == 1:
            return ast.Subscript(self.build(value), indices[0], ast.Load())
        raise self.refuse(value)

    def on_listcomp(self, node: ast.ListComp) -> ast.expr:
        generator = node.generators[0]
        target = generator.target
        if len(node.generators) != 1 or generator.ifs or not isinstance(target, ast.Name):
            raise self.refuse(node)
        inner = _Builder(self.text, self.names | {target.id})
        argument = ast.arguments([], [ast.arg(target.id)], None, [], [], None, [])
        return self.call("_each", ast.Lambda(argument, inner.build(node.elt)),
                         self.build(generator.iter))

    def on_call(self, node: ast.Call) -> ast.expr:
        function = node.func
        if isinstance(function, ast.Attribute) and function.attr == "bit_length" and not node.args:
            return self.call("_bit_length", self.build(function.value))
        if isinstance(function, ast.Name) and function.id == "range" and len(node.args) == 1:
            return self.call("range", self.build(node.args[0]))
        raise self.refuse(node)


def _freeze(table: Any) -> Any:
    """Lists as tuples, since constants of code objects are immutable."""
    return tuple(_freeze(t) for t in table) if isinstance(table, list) else table


@cache
def compile_expression(text: str, names: Sequence[str] = ("e",)) -> Callable[..., Any]:
    """Compile a formula into a function of ``names``.

    Parameters
    ----------
    text
        Integer expression of the register data.
    names
        Names of the arguments, in the order in which the function takes them.

    Returns
    -------
    Callable
        Takes ints or int64 arrays (broadcast together); gives an int, a list of ints, or an
        array (lists along the last axis). ``None`` and ``error`` in a formula become -1 in
        arrays; for an int the function gives ``None`` or raises.

    Raises
    ------
    ExpressionError
        The text contains anything but integer arithmetic over ``names``.
    """
    try:
        tree = ast.parse(text.strip(), mode="eval").body
    except SyntaxError as error:
        raise ExpressionError(f"not an expression: {text!r}") from error
    body = _Builder(text, frozenset(names)).build(tree)
    arguments = ast.arguments([], [ast.arg(n) for n in names], None, [], [], None, [])
    code = ast.fix_missing_locations(ast.Expression(ast.Lambda(arguments, body)))
    # the tree consists of the node types built above only, and sees no builtins
    function: Callable[..., Any] = eval(compile(code, "<register data>", "eval"), _HELPERS)
    if "None" not in text and "error" not in text:
        return function

    def partial(*values: Any) -> Any:
        result = function(*values)
        if result is _NONE:
            return None
        if result is _ERROR:
            raise NoCounterpartError(f"{text!r} has no result for {values}")
        return result

    return partial


@cache
def is_list_expression(text: str) -> bool:
    """Whether a formula gives several values."""
    return isinstance(ast.parse(text.strip(), mode="eval").body, ast.List | ast.ListComp)
