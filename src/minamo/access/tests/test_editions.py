"""版: the numbers and overlays of a municipality take hold with the next request, in decisions and lists alike."""

import datetime as dt

import pytest
from django.utils import timezone

from minamo.access.api import DEFAULTS, NewEdition, PolicyError, activate, check_overlay, policies
from minamo.access.compile import visible_q
from minamo.access.edition import Edition
from minamo.access.editions import in_force
from minamo.access.enforce import Denied, may
from minamo.access.pdp import decide
from minamo.access.resources import resource_type

NIGHT = """
@id("overlay.990011-closed") @clause("6.1 学籍の閲覧") @ja("いまは学籍を見られません。")
forbid (principal, action == Action::"pupil:read", resource) when { context.hour >= 0 };
"""


@pytest.fixture
def town(world, system_for):
    """Puts an edition of municipality A in force, as the operator."""

    def put(name="A", limits=None, overlay=""):
        operator = system_for(name)
        edition = NewEdition(world.municipality(name), "990011" if name == "A" else "990022", limits or {}, overlay)
        return activate(actor=operator, edition=edition, at=timezone.now())

    return put


@pytest.mark.django_db
class TestEditions:
    """With the database."""

    def test_without_an_edition_the_defaults_hold(self, actor_for):
        actor = actor_for("a1-head")
        assert actor.limits == DEFAULTS
        assert actor.policy_digest == policies().digest

    def test_an_actor_is_under_the_limits_of_the_edition(self, actor_for, town):
        town(limits={"reauth_minutes": 60})
        assert actor_for("a1-head").limits["reauth_minutes"] == 60
        assert actor_for("b1-head").limits["reauth_minutes"] == DEFAULTS["reauth_minutes"]

    def test_somebody_in_two_municipalities_is_under_the_strictest(self, actor_for, town):
        town("A", {"reauth_minutes": 60, "session_hours": 2})
        town("B", {"reauth_minutes": 20})
        mother = actor_for("takahashi-mother")
        assert (mother.limits["reauth_minutes"], mother.limits["session_hours"]) == (20, 2)

    def test_the_next_edition_supersedes_the_former(self, actor_for, town, world):
        first, second = town(limits={"reauth_minutes": 60}), town(limits={"reauth_minutes": 30})
        assert first != second
        assert actor_for("a1-head").limits["reauth_minutes"] == 30
        rows = Edition.objects.filter(municipality_id=world.municipality("A"))
        assert rows.filter(superseded_at=None).count() == 1
        assert rows.count() == 2

    def test_no_statement_more(self, actor_for, town, client_for, count_queries):
        client = client_for("a1-head")
        with count_queries() as before:
            client.get("/account/devices/")
        town(limits={"reauth_minutes": 60}, overlay=NIGHT)
        with count_queries() as after:
            client.get("/account/devices/")
        assert len(after) == len(before)

    def test_an_overlay_closes_decisions_and_lists_alike(self, actor_for, town, world):
        from minamo.people.models import Pupil

        actor = actor_for("a1-head")
        pupil = Pupil.objects.get(pk=world.pupil("hana"))
        assert may(actor, "pupil:read", pupil)
        town(overlay=NIGHT)
        actor = actor_for("a1-head")
        decision = decide(actor, "pupil:read", resource_type("Pupil").entity_of(pupil))
        assert not decision.allowed
        assert decision.sentence == "いまは学籍を見られません。"
        assert decision.clause == "6.1 学籍の閲覧"
        assert not Pupil.objects.filter(visible_q(actor, "pupil:read", resource_type("Pupil"))).exists()

    def test_the_denial_page_names_the_overlay(self, client_for, town, world):
        town(overlay=NIGHT)
        page = client_for("a1-head").get(f"/pupils/{world.pupil('hana')}/")
        assert page.status_code == 403
        assert "いまは学籍を見られません。" in page.content.decode()

    def test_the_digest_of_the_edition_stands_in_the_trail(self, client_for, actor_for, town, world):
        from minamo.audit.models import Entry

        digest = town(limits={"reauth_minutes": 60})
        client_for("a1-head").get(f"/pupils/{world.pupil('hana')}/")
        actor_for("a1-head")
        row = Entry.objects.filter(action="pupil:read").order_by("-id").first()
        assert row.policy_digest == digest != policies().digest

    def test_only_the_board_puts_an_edition_in_force(self, actor_for, world):
        for name in ("a1-head", "b-board", "takahashi-mother"):
            with pytest.raises(Denied):
                activate(actor=actor_for(name), edition=NewEdition(world.municipality("A"), "990011", {}),
                         at=timezone.now())  # fmt: skip

    def test_a_number_out_of_bounds_is_refused(self, town):
        with pytest.raises(ValueError, match="分まで"):
            town(limits={"reauth_minutes": 600})


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ('@id("overlay.990011-x") @clause("1") @ja("あ") permit (principal, action, resource);', "閉じる規則だけ"),
        (NIGHT.replace("990011", "990022"), "990011-"),
        (NIGHT.replace("context.hour", "context.nothing"), "読めません"),
        (NIGHT.replace("context.hour >= 0", 'principal.kind like "s*"'), "一覧に使えない"),
        ("forbid (", "読めません"),
    ],
    ids=["opens", "another town's name", "not in the schema", "not in SQL", "no Cedar"],
)
def test_an_overlay_that_opens_is_refused(text, why):
    with pytest.raises(PolicyError, match=why):
        check_overlay(text, code="990011")


def test_a_good_overlay_is_taken():
    check_overlay(NIGHT, code="990011")
    check_overlay("", code="990011")


def test_the_order_of_editions_does_not_matter():
    one, two = {"limits": {"reauth_minutes": 5}, "overlay": ""}, {"limits": {}, "overlay": NIGHT}
    assert in_force([one, two]) == in_force([two, one])
    assert in_force(None).digest == policies().digest
    assert dt.timedelta(minutes=in_force([one]).limits["reauth_minutes"]) == dt.timedelta(minutes=5)
