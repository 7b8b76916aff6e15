"""誰が見られるか: what of this room can be seen about a child."""

from minamo.access.api import Resource, resource_type
from minamo.kernel.ids import new_id
from minamo.people.api import Pupil, Seen


def _mark(pupil: Pupil) -> Resource:
    values = {"municipality": pupil.municipality_id, "school": pupil.school_id, "pupil": pupil.pk}
    return Resource("Mark", str(new_id()), values, resource_type("Mark"))


def _school(pupil: Pupil) -> Resource:
    values = {"municipality": pupil.municipality_id, "school": pupil.school_id, "self": pupil.school_id}
    named = {name: values[name] for name in resource_type("School").attributes}
    return Resource("School", str(pupil.school_id), named, resource_type("School"))


SEEN = (
    Seen("出欠の記録を見る", "attendance:read", _mark),
    Seen("欠席の理由・健康観察を見る", "attendance:words", _school),
)
