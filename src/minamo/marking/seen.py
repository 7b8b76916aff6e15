"""誰が見られるか: what of this room can be seen about a child."""

from minamo.access.api import Resource, resource_type
from minamo.kernel.ids import new_id
from minamo.people.api import Pupil, Seen


def _result(pupil: Pupil) -> Resource:
    values = {"municipality": pupil.municipality_id, "school": pupil.school_id, "homeroom": pupil.homeroom_id}
    return Resource("Result", str(new_id()), values, resource_type("Result"))


def _paper(pupil: Pupil) -> Resource:
    values = {"municipality": pupil.municipality_id, "pupil": pupil.pk}
    return Resource("ResultPaper", str(new_id()), values, resource_type("ResultPaper"))


SEEN = (
    Seen("テストの結果を見る", "result:read", _result),
    Seen("返却されたテストを見る", "paper:read", _paper),
)
