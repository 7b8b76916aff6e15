"""対象 (resource types): how a row of a table looks to the policy, said once for the engine and for SQL.

Each attribute names the entity type it refers to (or None for a plain value) and the field path of the model. The
decision reads the path from a loaded row; `visible_to` puts the same path into the WHERE clause.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Model, QuerySet


@dataclass(frozen=True)
class Attribute:
    """One attribute of a resource: `entity` is the Cedar type it points at, None for text, number or truth. `many`: an array
    of ids, for the policy a set of such entities."""

    path: str
    entity: str | None = None
    many: bool = False


@dataclass(frozen=True)
class ResourceType:
    """A Cedar entity type backed by a table. `key` is the field path of the entity's own id."""

    name: str
    attributes: Mapping[str, Attribute] = field(default_factory=dict)
    key: str = "id"

    def entity_of(self, row: Model) -> "Resource":
        """The row as the policy sees it."""
        values = {name: _read(row, attribute.path) for name, attribute in self.attributes.items()}
        return Resource(self.name, str(_read(row, self.key)), values, self)

    def entities_in(self, rows: "QuerySet[Model]") -> Iterator["Resource"]:
        """Many rows as the policy sees them, without loading more than that. One query."""
        names = list(self.attributes)
        for key, *values in rows.values_list(self.key, *(self.attributes[name].path for name in names)):
            yield Resource(self.name, str(key), dict(zip(names, values, strict=True)), self)


@dataclass(frozen=True)
class Resource:
    """One thing a decision is about. `values` are raw (ids as UUID or text), typed by `type`."""

    name: str
    id: str
    values: Mapping[str, Any]
    type: ResourceType


_types: dict[str, ResourceType] = {}


def register(resource_type: ResourceType) -> ResourceType:
    """Make a resource type known (rooms do so where the model is defined)."""
    _types[resource_type.name] = resource_type
    return resource_type


def resource_type(name: str) -> ResourceType:
    """A registered type (KeyError when no room declared it)."""
    return _types[name]


def registered() -> Mapping[str, ResourceType]:
    """All resource types of this installation."""
    return dict(_types)


def _read(row: object, path: str) -> Any:
    """Follow a Django field path (`klass__school_id`) on a loaded row."""
    value: Any = row
    for part in path.split("__"):
        value = getattr(value, part)
    return value
