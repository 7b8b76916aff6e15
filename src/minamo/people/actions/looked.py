"""離籍した児童生徒まで見た: a list that reaches back before the school year is a row of its own, for that of the page says nothing of it."""

from minamo.access.api import Actor
from minamo.audit.api import append
from minamo.people.schools import School


def looked_back(*, actor: Actor, action: str, school: School) -> None:
    """Those who have left stand on a page of the school as well. The route has decided, and its row says under which rules: this one is
    no second decision."""
    append(
        actor=actor, action=action, resource_type="FormerPupil", resource_id=str(school.pk), municipality=school.municipality_id,
        school=school.pk,
    )  # fmt: skip
