"""Rows in every table of the suite, whatever the tables are: two for each model, and two accounts they belong to."""

from __future__ import annotations

import datetime as dt
import decimal
import itertools
import uuid
from collections.abc import Callable
from typing import Any

from django.contrib.auth.models import User
from django.db import connection, models
from opaque_keys.edx.keys import CourseKey, UsageKey
from passerelle.circles import protocols
from passerelle.circles.codec import protocol_to_json
from passerelle.host.operations import suite

WORDS = "L'été à Kyïv: «Привіт», مرحبا, 😀\nzweite Zeile"


def people() -> list[User]:
    return [User.objects.get_or_create(username=name, email=f"{name}@example.org")[0] for name in ("amal", "elif")]


def fill() -> int:
    """Fill every table; returns how many rows there are now. Rows that name each other are all there at the end."""
    users = people()
    made: dict[type[models.Model], list[models.Model]] = {User: users}
    wanted = [model for model in suite.models() if not model._base_manager.exists()]
    made |= {model: list(model._base_manager.all()[:2]) for model in suite.models() if model not in wanted}
    while wanted:
        ready = [model for model in wanted if all(target in made for target in _targets(model))]
        assert ready, f"these need each other: {wanted}"
        for model in ready:
            made[model] = [_row(model, number, made) for number in (0, 1)]
            wanted.remove(model)
    return sum(model._base_manager.count() for model in suite.models())


def _targets(model: type[models.Model]) -> set[Any]:
    related = {field.remote_field.model for field in suite.fields(model) if field.remote_field}
    return related - {model}


def _row(model: type[models.Model], number: int, made: dict[Any, list[Any]]) -> models.Model:
    values = {
        field.attname: _value(field, number, made)
        for field in suite.fields(model)
        if not isinstance(field, models.AutoField)
    }
    row = model(**values)
    # As a fixture is saved: no `auto_now`, no signals that would make rows of their own.
    columns = [field for field in suite.fields(model) if field.attname in values]
    model._base_manager._insert([row], fields=columns, using=connection.alias, raw=True)
    return model._base_manager.order_by("pk")[number : number + 1].get()


_numbers = itertools.count(1)
PROTOCOL = protocol_to_json(protocols.load("story_circle"))

# What a value looks like, by the field's own name, its class, or its internal type.
VALUES: dict[str, Callable[[int], Any]] = {
    "passerelle_circles.Circle.protocol": lambda _number: PROTOCOL,
    "passerelle_circles.Circle.state": lambda _number: {},
    "passerelle_competences.Evidence.path": lambda number: f"filled/{number}.bin",
    "passerelle_circles.StoryFile.path": lambda number: f"filled/{number}.bin",
    "passerelle_circles.StoryFile.parts": lambda _number: [],
    "CourseKeyField": lambda number: CourseKey.from_string(f"course-v1:Passerelle+T{number}+fr"),
    "UsageKeyField": lambda number: UsageKey.from_string(f"block-v1:Passerelle+T{number}+fr+type@html+block@b{number}"),
    "FileField": lambda number: f"filled/{number}.bin",
    "UUIDField": lambda _number: uuid.UUID(int=next(_numbers)),
    "JSONField": lambda number: {"words": WORDS, "number": number, "nothing": None, "list": [1, 2.5, True]},
    "DateTimeField": lambda number: dt.datetime(2026, 11, 22, 6, 7, 8, 123456 + number, dt.UTC),
    "DateField": lambda _number: dt.date(2026, 11, 22),
    "BooleanField": bool,
    "FloatField": lambda number: 0.1 + number,
    "DecimalField": lambda _number: decimal.Decimal("1.5"),
    "BinaryField": lambda _number: bytes(range(256)),
    "DurationField": lambda _number: dt.timedelta(seconds=1.000001),
    "SlugField": lambda number: f"{number}-{next(_numbers)}",
    "CharField": lambda number: f"{number}-{next(_numbers)} {WORDS}",
    "TextField": lambda number: f"{number} {WORDS}",
}


def _value(field: Any, number: int, made: dict[Any, list[Any]]) -> Any:
    if field.remote_field:
        targets = made.get(field.remote_field.model)
        return getattr(targets[number], field.target_field.attname) if targets else None
    if field.choices:
        return field.flatchoices[number % len(field.flatchoices)][0]
    names = (str(field), type(field).__name__, field.get_internal_type())
    make = next((VALUES[name] for name in names if name in VALUES), lambda number: number + 1)
    value = make(number)
    return value[: field.max_length] if isinstance(value, str) and field.max_length else value
