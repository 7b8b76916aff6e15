"""数値の定め: that the numbers of an edition are the ones requests meet."""

import datetime as dt

import pytest
from django.utils import timezone

from minamo.access.models import Device

pytestmark = pytest.mark.django_db
OWN = "/account/devices/"


def age(client, *, proved=dt.timedelta(0), used=dt.timedelta(0)):
    """The sign-in of this client happened and was last used so long ago."""
    now = timezone.now()
    Device.objects.filter(pk=client.session["device"]).update(signed_in_at=now - proved, seen_at=now - used)


@pytest.mark.parametrize(
    ("proved", "used", "status"),
    [(dt.timedelta(hours=3), dt.timedelta(minutes=100), 200), (dt.timedelta(hours=3), dt.timedelta(minutes=121), 302),
     (dt.timedelta(hours=13), dt.timedelta(0), 302)],
)  # fmt: skip
def test_a_sign_in_of_the_staff_ends_by_itself(client_for, proved, used, status):
    client = client_for("a1-head")
    age(client, proved=proved, used=used)
    assert client.get(OWN).status_code == status


def test_a_shorter_time_of_the_town_ends_it_sooner(client_for, issued):
    client = client_for("a1-head")
    age(client, used=dt.timedelta(minutes=31))
    assert client.get(OWN).status_code == 200
    age(client, used=dt.timedelta(minutes=31))
    issued(lambda row: None if setattr(row, "limits", {"idle_minutes": 30}) else row.save())
    assert client.get(OWN).status_code == 302


def test_the_next_request_of_class_one_follows_the_edition(client_for, issued, world):
    """A head 40 minutes after the proof: refused, and allowed as soon as the edition says 60 minutes."""
    client, path = client_for("a1-head"), f"/pupils/{world.pupil('hana')}/restrictions/"
    age(client, proved=dt.timedelta(minutes=40))
    refused = client.post(path, {})
    assert refused.status_code == 403
    assert "4.10" in refused.content.decode()
    issued(lambda row: None if setattr(row, "limits", {"reauth_minutes": 60}) else row.save())
    assert client.post(path, {}).status_code != 403
