"""メニュー: the register of devices for heads and 情報担当 (own school) and for the board."""

from collections.abc import Iterator

from django.http import HttpRequest
from django.urls import reverse

from minamo.access.actor import Actor
from minamo.access.shell import Entry


def entries(request: HttpRequest, actor: Actor) -> Iterator[Entry]:
    """端末の台帳, where the person may read it."""
    if actor.side != "school":
        return
    for school_id in actor.uuids["heads"][:1]:
        target = reverse("access-register-school", kwargs={"school_id": school_id})
        yield Entry("端末の台帳", target, group="学校", icon="shield")
        target = reverse("access-emergencies", kwargs={"school_id": school_id})
        yield Entry("緊急の閲覧", target, group="学校", icon="shield")
    for school_id in actor.uuids["technicians"][:1]:
        if school_id not in actor.uuids["heads"]:
            target = reverse("access-register-school", kwargs={"school_id": school_id})
            yield Entry("端末の台帳", target, group="学校", icon="shield")
    for municipality_id in actor.uuids["boards"]:
        target = reverse("access-register-municipality", kwargs={"municipality_id": municipality_id})
        yield Entry("端末の台帳", target, group="教育委員会", icon="shield")
