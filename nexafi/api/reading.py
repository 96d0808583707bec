"""What a view's method takes and gives, read off its code.

The names are there already: `self.body(NewPayment)`, `self.list(rows, PaymentFilters, payment_body)`,
`Response(payment_body(...), status=201)`, and the dictionary that `payment_body` returns. Reading them spares every
view a second description that would come to differ from the first.
"""

import ast
import inspect
import textwrap
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, TypeVar

from rest_framework.serializers import BaseSerializer

from nexafi.api.views import ApiView

FREE_FORM: dict[str, Any] = {"type": "object", "additionalProperties": True}
_MAX_DEPTH = 4
Node = TypeVar("Node", bound=ast.AST)


@dataclass
class Reading:
    """`body` and `query` are serializer classes; `outputs` holds one, or the JSON schema of what a function returns, by
    status."""

    body: Any = None
    query: Any = None
    outputs: dict[int, Any] = field(default_factory=dict)
    paged: bool = False
    matches: bool = False  # honours If-Match


def read(view_class: type, name: str) -> Reading:
    """Read the method `name` of a view and the methods of the same view that it calls."""
    return _read(view_class, name, Reading())


def _read(view_class: type, name: str, reading: Reading) -> Reading:
    method = inspect.unwrap(getattr(view_class, name))
    for call in _nodes(method, ast.Call):
        called = call.func
        if isinstance(called, ast.Name):
            _read_function(called.id, call, method, reading)
        elif isinstance(called, ast.Attribute) and isinstance(called.value, ast.Name) and called.value.id == "self":
            if called.attr == "body":
                reading.body = _resolve(call.args[0], method)
            elif called.attr in ("query", "list", "page"):
                _read_query(called.attr, call.args, method, reading)
            elif not hasattr(ApiView, called.attr):
                _read(view_class, called.attr, reading)
    return reading


def _read_function(name: str, call: ast.Call, caller: Callable[..., Any], reading: Reading) -> None:
    """A call by plain name: of Response, of check_match, or of a function beside the view that makes the Response."""
    if name == "check_match":
        reading.matches = True
    elif name == "Response":
        status = next((keyword.value for keyword in call.keywords if keyword.arg == "status"), None)
        given = status.value if isinstance(status, ast.Constant) else None
        code = given if isinstance(given, int) else 200 if call.args else 204
        reading.outputs[code] = (
            (_serialized(call.args[0], caller) or shape(call.args[0], caller)) if call.args else None
        )
    else:
        helper = _resolve(call.func, caller)
        if inspect.isfunction(helper) and helper is not caller and helper.__module__ == caller.__module__:
            for inner in _nodes(helper, ast.Call):
                if isinstance(inner.func, ast.Name) and inner.func.id == "Response":
                    _read_function("Response", inner, helper, reading)


def _read_query(name: str, arguments: list[ast.expr], method: Callable[..., Any], reading: Reading) -> None:
    if name == "query":
        reading.query = _resolve(arguments[0], method)
        return
    reading.paged = True
    if name == "list":
        reading.query = _resolve(arguments[1], method)
    render = arguments[2]
    if isinstance(render, ast.Call) and render.args:  # partial(render, ...) and its like
        render = render.args[0]
    output = _resolve(render, method)
    reading.outputs[200] = output if _is_serializer(output) else _returned(output, 0)


def shape(node: ast.expr, function: Callable[..., Any], depth: int = 0) -> dict[str, Any]:
    """The JSON schema of an expression: the names of a dictionary, followed through the functions that make it."""
    if isinstance(node, ast.Dict):
        return _object(node, function, depth)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
        return _merged(shape(node.left, function, depth), shape(node.right, function, depth))
    if isinstance(node, ast.ListComp):
        return {"type": "array", "items": shape(node.elt, function, depth)}
    if isinstance(node, ast.Call):
        return _returned(_resolve(node.func, function), depth)
    return {}


def _object(node: ast.Dict, function: Callable[..., Any], depth: int) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": "object", "properties": {}}
    for key, value in zip(node.keys, node.values, strict=True):
        inner = shape(value, function, depth)
        if isinstance(key, ast.Constant):
            schema["properties"][key.value] = inner or _by_convention(str(key.value))
        elif key is None:  # **spread
            schema = _merged(schema, inner)
    return schema


def _by_convention(name: str) -> dict[str, Any]:
    """What the API's conventions say about a name: instants end in _at, ids in id, amounts are decimal strings."""
    if name.endswith("_at"):
        return {"type": ["string", "null"], "format": "date-time"}
    if name.endswith(("id", "amount", "currency", "status")):
        return {"type": ["string", "null"]}
    return {}


def _merged(left: dict[str, Any], right: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": {**left.get("properties", {}), **right.get("properties", {})}}


def _returned(function: Any, depth: int) -> dict[str, Any]:
    """The shape of what a function of ours returns."""
    if not inspect.isfunction(function) or depth >= _MAX_DEPTH or _is_foreign(function):
        return {}
    values = [node.value for node in _nodes(function, ast.Return) if node.value is not None]
    return shape(values[-1], function, depth + 1) if values else {}


def _serialized(node: ast.expr, function: Callable[..., Any]) -> Any:
    """The serializer class of an expression `Out(row).data`, else None."""
    if isinstance(node, ast.Attribute) and node.attr == "data" and isinstance(node.value, ast.Call):
        output = _resolve(node.value.func, function)
        return output if _is_serializer(output) else None
    return None


def _is_foreign(function: Callable[..., Any]) -> bool:
    return "site-packages" in inspect.getfile(function)


def _is_serializer(output: Any) -> bool:
    return isinstance(output, type) and issubclass(output, BaseSerializer)


def _nodes(function: Callable[..., Any], kind: type[Node]) -> Iterator[Node]:
    tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    return (node for node in ast.walk(tree) if isinstance(node, kind))


def _resolve(node: ast.expr, function: Callable[..., Any]) -> Any:
    """The object that a name or dotted name means in the function's module; None for any other expression."""
    if isinstance(node, ast.Name):
        return getattr(function, "__globals__", {}).get(node.id)
    if isinstance(node, ast.Attribute):
        return getattr(_resolve(node.value, function), node.attr, None)
    return None
