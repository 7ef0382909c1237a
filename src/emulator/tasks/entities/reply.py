"""Words the answer: a list in the form asked for, JSON, or a chatty sentence where no form was asked for."""

from __future__ import annotations

import json

from src.emulator.tasks.entities.instructions import Form


def word(entities: list[str], entity_type: str, form: Form) -> str:
    """The answer for entities found.

    Args:
        entities: in order of appearance.
        entity_type: the type in the prompt's words, or "".
        form: how to answer.
    """
    chosen = _chosen(entities, form)
    if form.schema is not None:
        return json.dumps(_filled(form.schema, chosen, entity_type), ensure_ascii=False)
    if form.json_key is not None:
        return json.dumps({form.json_key: chosen} if form.json_key else chosen, ensure_ascii=False)
    if not chosen:
        return form.none if form.none is not None else _nothing(entity_type)
    if form.separator is None:
        return _sentence([_quoted(entity, form.quote) for entity in chosen], entity_type)
    return _listed([_quoted(entity, form.quote) for entity in chosen], form.separator)


def _chosen(entities: list[str], form: Form) -> list[str]:
    chosen = [" ".join(entity.split()) for entity in entities]
    if form.alphabetical:
        chosen.sort(key=str.casefold)
    chosen = chosen[:form.most]
    if form.case:
        chosen = [entity.upper() if form.case == "upper" else entity.lower() for entity in chosen]
    return chosen


def _quoted(entity: str, quote: str) -> str:
    """An entity in quotation marks, with the same marks inside doubled as in CSV."""
    return f"{quote}{entity.replace(quote, quote * 2)}{quote}" if quote else entity


def _listed(entities: list[str], separator: str) -> str:
    if separator == "\n- ":
        return "\n".join(f"- {entity}" for entity in entities)
    if separator == "\n1":
        return "\n".join(f"{number}. {entity}" for number, entity in enumerate(entities, start=1))
    return separator.join(entities)


def _plural(entity_type: str) -> str:
    name = entity_type.lower() if not entity_type.isupper() else entity_type
    if not name:
        return "entities"
    if name.endswith("s") and not name.endswith("ss") or name in ("people", "money"):
        return name
    if name.endswith("y") and name[-2:-1] not in "aeiou":
        return name[:-1] + "ies"
    return name + ("es" if name.endswith(("ss", "x", "ch", "sh")) else "s")


def _singular(entity_type: str) -> str:
    name = _plural(entity_type)
    if name in ("people", "entities"):
        return {"people": "person", "entities": "entity"}[name]
    if name.endswith("ies"):
        return name[:-3] + "y"
    if name.endswith(("sses", "xes", "ches", "shes")):
        return name[:-2]
    return name.removesuffix("s")


def _nothing(entity_type: str) -> str:
    return f"There are no {_plural(entity_type)} in the text."


def _sentence(entities: list[str], entity_type: str) -> str:
    if len(entities) == 1:
        return f"The {_singular(entity_type)} in the text is {entities[0]}."
    return f"The {_plural(entity_type)} in the text are {', '.join(entities[:-1])} and {entities[-1]}."


def _filled(schema: dict, entities: list[str], entity_type: str):
    """A value that follows a schema, with the entities in the first array that it has."""
    state = {"used": False}

    def fill(part: dict, name: str):
        kind = part.get("type")
        kind = next((option for option in kind if option != "null"), "null") if isinstance(kind, list) else kind
        if kind == "array":
            if state["used"]:
                return []
            state["used"] = True
            return [_item(part.get("items") or {}, entity, entity_type) for entity in entities]
        if kind == "object" or "properties" in part:
            return {key: fill(value, key) for key, value in (part.get("properties") or {}).items()}
        return _scalar(kind, name, part, entities, entity_type)

    return fill(schema, "")


def _item(items: dict, entity: str, entity_type: str):
    """An entity as an array's item: a string, or an object whose first string that is no type holds it."""
    properties = items.get("properties")
    if not properties:
        return entity
    text_key = next((key for key in properties if "type" not in key.lower() and "label" not in key.lower()), None)
    return {key: entity if key == text_key else _scalar(value.get("type"), key, value, [entity], entity_type)
            for key, value in properties.items()}


def _scalar(kind: str | None, name: str, part: dict, entities: list[str], entity_type: str):
    if part.get("enum"):
        return next((option for option in part["enum"] if str(option).lower() == entity_type.lower()), part["enum"][0])
    if kind in ("integer", "number"):
        return len(entities)
    if kind == "boolean":
        return bool(entities)
    if kind == "string":
        return entity_type if "type" in name.lower() or "label" in name.lower() else ", ".join(entities)
    return None
