"""Kinds of JSON values, and which of them a parameter takes by its annotation; an integer is a number too."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Callable, Mapping

Kinds = frozenset[str]  # empty: anything but null
ANYTHING: Kinds = frozenset()
NULL = "null"
NAMES = {  # by the last part of a name in an annotation
    **dict.fromkeys(("str",), "string"),
    **dict.fromkeys(("int",), "integer"),
    **dict.fromkeys(("float", "complex"), "number"),
    **dict.fromkeys(("bool",), "boolean"),
    **dict.fromkeys(("list", "List", "Sequence", "Iterable", "Collection", "tuple", "Tuple"), "list"),
    **dict.fromkeys(("dict", "Dict", "Mapping", "MutableMapping"), "object"),
    **dict.fromkeys(("None", "NoneType"), NULL),
}
OF_DAGS = {  # the types of a DAG's inputs, as Prompt flow's schema of flow.dag.yaml has them
    "string": "string",
    "int": "integer",
    "double": "number",
    "bool": "boolean",
    "list": "list",
    "object": "object",
}


def kind_of(value: object) -> str:
    """Return the kind of a value that JSON was parsed to: string, integer, number, boolean, list, object or null."""
    if value is None:
        return NULL
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int):
        return "integer"
    if isinstance(value, float):
        return "number"
    return "string" if isinstance(value, str) else "list" if isinstance(value, (list, tuple)) else "object"


def fits(value: object, kinds: Kinds) -> bool:
    """Whether a value is of one of the kinds."""
    kind = kind_of(value)
    if not kinds:
        return kind != NULL
    return kind in kinds or kind == "integer" and "number" in kinds


def in_words(kinds: Kinds) -> str:
    """Return the kinds as an error names them, such as "a string or a list"."""
    articles = {"integer": "an integer", "object": "an object", NULL: NULL}
    return " or ".join(articles.get(kind, f"a {kind}") for kind in sorted(kinds, key=_order)) or "a value"


def _order(kind: str) -> tuple[bool, str]:
    return kind == NULL, kind  # null last


def kinds_of_annotation(annotation: ast.expr | None) -> Kinds:
    """Return the kinds that a parsed annotation names; anything where it names something that JSON has no kind for."""
    if annotation is None:
        return ANYTHING
    if isinstance(annotation, ast.Constant):
        if isinstance(annotation.value, str):  # a forward reference
            return kinds_of_annotation(_parsed(annotation.value))
        return frozenset({NULL}) if annotation.value is None else ANYTHING
    if isinstance(annotation, ast.BinOp) and isinstance(annotation.op, ast.BitOr):
        return _union(kinds_of_annotation(annotation.left), kinds_of_annotation(annotation.right))
    if isinstance(annotation, ast.Subscript):
        return _of_subscript(annotation)
    name = annotation.id if isinstance(annotation, ast.Name) else getattr(annotation, "attr", "")
    return frozenset({NAMES[name]}) if name in NAMES else ANYTHING


def _of_subscript(annotation: ast.Subscript) -> Kinds:
    container = annotation.value
    name = container.id if isinstance(container, ast.Name) else getattr(container, "attr", "")
    inner = annotation.slice.elts if isinstance(annotation.slice, ast.Tuple) else [annotation.slice]
    if name == "Optional":
        return _union(kinds_of_annotation(inner[0]), frozenset({NULL}))
    if name == "Union":
        return _union(*map(kinds_of_annotation, inner))
    if name == "Annotated":
        return kinds_of_annotation(inner[0])
    if name == "Literal":
        return frozenset(kind_of(each.value) if isinstance(each, ast.Constant) else "string" for each in inner)
    return kinds_of_annotation(container)


def _union(*kinds: Kinds) -> Kinds:
    if ANYTHING in kinds:
        return ANYTHING if frozenset({NULL}) not in kinds else frozenset({*OF_DAGS.values(), NULL})
    return frozenset().union(*kinds)


def kinds_of_parameters(function: Callable[..., object]) -> Mapping[str, tuple[Kinds, bool]]:
    """Return, by parameter of a function, the kinds that it takes, and whether it may be left out."""
    found = {}
    for name, parameter in inspect.signature(function).parameters.items():
        if parameter.kind in (parameter.VAR_KEYWORD, parameter.VAR_POSITIONAL):
            continue
        annotation = parameter.annotation
        if annotation is parameter.empty:
            kinds = ANYTHING
        else:
            source = annotation if isinstance(annotation, str) else inspect.formatannotation(annotation)
            kinds = kinds_of_annotation(_parsed(source))
        found[name] = kinds, parameter.default is not parameter.empty
    return found


def _parsed(source: str) -> ast.expr | None:
    try:
        return ast.parse(source, mode="eval").body
    except SyntaxError:
        return None
