"""Canaries: a text of its own in every secret field of the world, and by hand who may ever meet it.

Every answer to every subject and every line of the log is searched for all of them. A text field that is neither here nor
in OPEN fails the matrix, so that a new secret cannot be forgotten.
"""

import datetime as dt
import io
import uuid
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db import models
from django.utils import timezone

from minamo.access.api import set_scope
from tests.access_matrix.expected import (
    FAMILY,
    HEADS,
    LIGHT,
    MARKERS,
    NURSES,
    OFFICERS,
    PUPIL,
    READERS,
    SCHOOL,
    STAFF_A,
    STALE,
)
from tests.fixtures.assessments import an_assessment
from tests.fixtures.given import a_given_back
from tests.fixtures.governed import governed
from tests.fixtures.results import PAPER, RESULT, a_result
from tests.fixtures.world import CLASSES, GUARDIANS, MUNICIPALITIES, PUPILS, TODAY, World, uid

NAMES = (
    "official_family", "official_given", "official_middle", "family", "given", "middle",
    "family_kana", "given_kana", "middle_kana", "search_key",
)  # fmt: skip
# What is planted, by model.
PLANTED: Mapping[str, tuple[str, ...]] = {
    "people.Pupil": (*NAMES, "student_number"),
    "people.FormerPupil": (*NAMES, "student_number"),
    "people.Guardian": (*NAMES, "phone", "email"),
    "people.Household": ("postal_code", "address", "phone", "emergency_phone", "note"),
    "people.Restriction": ("ground",),
    "people.Enrolment": ("previous_school", "next_school", "grade_note"),
    "people.PupilRevision": ("before", "after", "reason", "changed_by_label"),
    "people.StaffMember": ("staff_number", "email"),
    "attendance.Notice": ("text", "sender_label", "entered_by_label"),
    "attendance.NoticeChange": ("before", "changed_by_label"),
    "attendance.Mark": ("note", "marked_by_label"),
    "attendance.MarkChange": ("reason", "changed_by_label", "before_by_label"),
    "attendance.HealthObservation": ("note",),
    "attendance.CallLog": ("to", "note", "called_by_label"),
    "marking.ResultPaper": ("texts",),
    "marking.Release": ("comment",),
    "marking.Review": ("text", "asked_by_label"),
    "marking.ReviewAnswer": ("text",),
    "marking.Assessment": ("title",),
    "marking.Pile": ("filename",),
    "marking.Stroke": ("comment",),
    "marking.AnswerMark": ("comment",),
    "marking.Settlement": ("ended_why",),
    "interop.TrayRow": ("values", "mended", "flags"),
    "interop.ImportRun": ("filename", "report", "started_by_label"),
    "policy.Incident": ("summary", "reporter_label"),
    "policy.IncidentEntry": ("text", "actor_label"),
    "policy.Inspection": ("summary", "begun_by", "finished_by"),
    "policy.InspectionAnswer": ("note", "answered_by"),
    "policy.Asset": (
        "name",
        "owner",
        "place",
        "readers",
        "means",
        "encrypted",
        "printing",
        "kept_for",
        "disposal",
        "note",
    ),
    "policy.ExceptionGrant": ("person_label", "scope", "reason", "instead", "requested_by"),
    "policy.OutsideService": ("name", "provider", "purpose", "given", "place", "subcontract", "contact"),
    "policy.Revision": ("title", "reason", "author_label"),
    "policy.RevisionStep": ("actor_label", "note"),
    "policy.Issue": ("note", "activated_by"),
    "access.Emergency": ("reason", "account_label"),
    "access.EmergencyReview": ("note", "by_label"),
    "access.EmergencyCorrection": ("note", "by_label"),
    "policy.RegisterEntry": ("text", "actor_label"),
    "access.AccountNews": ("text", "device_label"),
    "access.TerminalState": ("note", "by_label"),
    "audit.Entry": ("detail",),
}
# Text that is no secret among those who can reach the page at all, or no text a person wrote.
OPEN: Mapping[str, tuple[str, ...]] = {
    "people.SchoolClass": ("title",),
    "people.Enrolment": ("grade",),
    "people.Pupil": ("grade",),
    "people.FormerPupil": ("grade", "sex"),
    "people.GuardianLink": ("relation",),
    "people.Invitation": ("code_hash",),
    "people.JoinAttempt": ("key",),
    "people.StaffMember": NAMES,
    "attendance.AttendanceCode": ("code", "label", "short_label", "mark"),
    "attendance.HealthItem": ("code", "label"),
    "attendance.Notice": ("symptoms",),
    "attendance.Mark": ("code",),
    "attendance.MarkChange": ("before", "after"),
    "attendance.Closure": ("grade", "reason"),
    "attendance.MonthClosing": ("closed_by_label", "digest"),
    "attendance.Resolution": ("decided_by_label",),
    "marking.Result": ("title", "subject", "items", "settled_by_label"),
    "marking.ResultPaper": ("points", "looks"),
    "marking.Release": ("released_by_label", "withdrawn_by_label"),
    "marking.PointsChange": ("before", "after", "papers", "changed_by_label"),
    "marking.Review": ("item",),
    "marking.ReviewAnswer": ("answered_by_label",),
    "marking.Assessment": ("subject", "blank", "picture", "blank_name", "leaves", "audience", "author_label"),
    "marking.Edition": ("questions", "number_box", "name_box", "saved_by_label"),
    "marking.Sitting": ("audience", "opened_by_label"),
    "marking.Pile": ("content", "source", "refusal", "sent_by_label", "stopped_by_label", "removed_by_label", "parted"),
    "marking.ScanPage": (
        "status",
        "reason",
        "message",
        "homography",
        "numbers",
        "code",
        "crops",
        "places",
        "readings",
        "reader",
        "code",
    ),
    "marking.Binding": ("why", "how", "bound_by_label"),
    "marking.Absence": ("said_by_label",),
    "marking.UploadLink": ("token_hash", "made_by_label"),
    "marking.Stroke": ("question", "criteria", "reading", "how", "marker_label"),
    "marking.AnswerMark": ("question", "criteria", "how", "marker_label"),
    "marking.Claim": ("question", "marker_label"),
    "marking.SecondMarking": ("question", "asked_by_label"),
    "marking.Grouping": ("question", "bundles"),
    "marking.StampSet": ("words",),
    "marking.Settlement": ("exceptions", "ended_by_label"),
    "marking.PaperSheet": ("picture", "boxes", "corners", "pdf", "drawn"),
    "marking.MarkedBook": ("drawn", "content", "refusal"),
    "marking.KeepingRule": ("set_by_label",),
    "marking.ImageRemoval": ("contents", "why", "by_label"),
    "interop.ImportRun": ("kind", "sha256"),
    "interop.SourceLink": ("file", "sourced_id", "digest", "row"),
    "interop.ColumnChoice": ("kind", "heading", "field"),
    # An address of minamo without a query, shown as the name of its page.
    "policy.Incident": ("page",),
    "policy.IncidentEntry": ("detail",),
    "policy.Inspection": ("auditor", "lines", "withdrawn_by"),
    "policy.InspectionAnswer": ("clause",),
    "policy.Asset": ("table", "confirmed_by"),
    "policy.ExceptionGrant": ("clause", "granted_by"),
    "policy.OutsideService": ("checked_by",),
    "policy.RegisterEntry": ("changes",),
    "policy.Reminder": ("by_label",),
    "policy.CountyLayer": ("county", "name", "clauses", "limits"),
    "policy.Revision": ("clauses", "limits", "overlay"),
    "policy.Impact": ("failed", "result"),
    # What is in force is public.
    "policy.Issue": ("title", "clauses", "changed", "replaced", "own", "limits", "overlay", "edition_digest"),
    "policy.Acknowledgement": ("clauses",),
    "policy.QuizRound": ("clauses", "asked", "wrong"),
    "access.Edition": ("limits", "overlay", "digest", "base_digest", "activated_by_label"),
    # Hashes and ciphertext (access/tests/test_mfa.py searches the database for secrets); a login ID is what one signs in with.
    "access.Account": ("password", "login_id", "email", "label"),
    "access.Tries": ("spent",),
    "access.Pace": ("key",),
    "access.Device": ("label", "session_key"),
    "access.Terminal": ("label", "kind", "certificate"),
    "access.Posture": ("facts",),
    "audit.Entry": ("actor_kind", "actor_label", "action", "resource_type", "resource_id", "outcome", "policy_digest"),
    "tenancy.Municipality": ("code", "name", "board_name"),
    "tenancy.School": ("code", "name", "short_name", "phone"),
    "tenancy.Suspension": ("reason",),
    "curriculum.CalendarEntry": ("title",),
}
ROOMS = tuple(sorted(config.label for config in apps.get_app_configs() if config.name.startswith("minamo.")))
TEXTS = (models.CharField, models.TextField, models.JSONField)

A_BOARD, B_BOARD = frozenset({"a-board"}), frozenset({"b-board"})
# The board reads marks and who made them (7.3); what was said beside them is for the school's own staff.
REGISTER, WORDS = SCHOOL | A_BOARD, SCHOOL
A2 = frozenset({"a2-head", "a2-homeroom", "a12-nurse"})
B1 = frozenset({"b1-head", "b1-homeroom"})
A1_CONTACTS = {"a1-1": OFFICERS | NURSES | {"a1-homeroom"}, "a1-2": OFFICERS | NURSES | {"a1-homeroom2"}}
GUARDIAN_SUBJECTS = {name: frozenset({name}) for name in GUARDIANS} | {
    "takahashi-mother": frozenset({"takahashi-mother", "guardian-on-school-device"})
}
PUPIL_SUBJECTS = {"hana": frozenset({"pupil-hana", "pupil-on-school-device"}), "nagi": frozenset({"pupil-nagi"})}
SHUT_OUT = {("sato-father", "sora")}


def knows_pupil(pupil: str) -> frozenset[str]:
    """Name and class of a child: the school's staff, the board, the child, its guardians who are not shut out."""
    school = CLASSES[PUPILS[pupil][5]][0]
    staff = {"a1": SCHOOL | LIGHT | A_BOARD, "a2": A2 | A_BOARD, "b1": B1 | B_BOARD}[school]
    return staff | PUPIL_SUBJECTS.get(pupil, frozenset()) | parents(pupil)


def parents(pupil: str) -> frozenset[str]:
    """Guardians of a child who are not shut out."""
    found = [name for name, (_, _, towns) in GUARDIANS.items() for links in towns.values()
             if pupil in {link[0] for link in links} and (name, pupil) not in SHUT_OUT]  # fmt: skip
    return frozenset(subject for name in found for subject in GUARDIAN_SUBJECTS[name])


def knows_contacts(guardian: str, town: str) -> frozenset[str]:
    """Who may see how to reach a guardian: his children's homerooms and the schools' offices, and himself."""
    found = set(GUARDIAN_SUBJECTS[guardian])
    for pupil, _, _ in GUARDIANS[guardian][2][town]:
        klass = PUPILS[pupil][5]
        school = CLASSES[klass][0]
        found |= A1_CONTACTS[klass] if school == "a1" else {"a2": A2, "b1": B1}[school]
    return frozenset(found)


def knows_address(guardian: str, town: str) -> frozenset[str]:
    """Where a guardian lives: as above, but heads only where a child's address is protected (支援措置: 空)."""
    protected = any(pupil == "sora" for pupil, _, _ in GUARDIANS[guardian][2][town])
    return HEADS | GUARDIAN_SUBJECTS[guardian] if protected else knows_contacts(guardian, town)


# Who may meet the texts of the rows of tests/fixtures/governed.py.
GOVERNED: Mapping[str, frozenset[str]] = {
    "policy.Incident": HEADS | A_BOARD,
    "policy.IncidentEntry": HEADS | A_BOARD,
    "policy.Inspection@school": HEADS | LIGHT | A_BOARD,
    "policy.Inspection@town": A_BOARD,
    "policy.InspectionAnswer@school": HEADS | LIGHT | A_BOARD,
    "policy.InspectionAnswer@town": A_BOARD,
    "policy.Asset": STAFF_A,
    "policy.ExceptionGrant": HEADS | LIGHT | A_BOARD | {"a1-teacher"},
    "policy.OutsideService": STAFF_A,
    "policy.Revision": A_BOARD,
    "policy.RevisionStep": A_BOARD,
    "policy.Issue": STAFF_A,
    "access.Emergency": HEADS | A_BOARD,
    "access.EmergencyReview": HEADS | A_BOARD,
    "access.EmergencyCorrection": HEADS | A_BOARD,
    "policy.RegisterEntry@asset": STAFF_A,
    "policy.RegisterEntry@grant": HEADS | LIGHT | A_BOARD | {"a1-teacher"},
    "policy.RegisterEntry@service": STAFF_A,
    "access.AccountNews": frozenset({"a1-former"}),
    "access.TerminalState": HEADS | A_BOARD | {"a1-ict"},
    "audit.Entry": HEADS - STALE,
}


@dataclass(frozen=True)
class Canary:
    """A text that stands in one field of one row, and the subjects who may meet it."""

    text: str
    field: str
    audience: frozenset[str]


class Aviary:
    """All canaries of a world. Planted in the running transaction."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.canaries: list[Canary] = []
        self.notice = uid("notice", "canary")

    def token(self, field: str, audience: frozenset[str]) -> str:
        """A new text; letters of its own, so that it is no part of another and survives every encoding."""
        text = f"鮭{len(self.canaries):04d}鱒"
        self.canaries.append(Canary(text, field, audience))
        return text

    def plant(self) -> "Aviary":
        """Write a canary into every secret field, as the operator of both municipalities."""
        set_scope(municipalities=[self.world.municipality(name) for name in MUNICIPALITIES], side="school")
        self._pupils()
        self._guardians()
        self._staff()
        self._morning()
        self._history()
        self._tests()
        self._marking()
        self._imports()
        governed(self.world, timezone.now(), lambda label: self._fill(label.split("@")[0], GOVERNED[label]))
        return self

    def _fill(self, label: str, audience: frozenset[str], only: tuple[str, ...] = ()) -> dict[str, Any]:
        fields = only or PLANTED[label]
        model = apps.get_model(label)
        values: dict[str, Any] = {}
        for name in fields:
            text = self.token(f"{label}.{name}", audience)
            kind = model._meta.get_field(name)
            limit = getattr(kind, "max_length", None)
            values[name] = {"name": text, "text": text} if isinstance(kind, models.JSONField) else text[:limit]
        return values

    def _pupils(self) -> None:
        from minamo.people.models import Enrolment, FormerPupil, Pupil

        FormerPupil.objects.create(municipality_id=self.world.municipality("A"), school_id=self.world.school("a1"),
                                   pupil_id=self.world.pupil("nagi"), grade="P5", last_day=TODAY,
                                   **self._fill("people.FormerPupil", SCHOOL | LIGHT | A_BOARD))  # fmt: skip
        for name in PUPILS:
            key = self.world.pupil(name)
            Pupil.objects.filter(pk=key).update(**self._fill("people.Pupil", knows_pupil(name)))
            Enrolment.objects.filter(pupil_id=key).update(**self._fill("people.Enrolment", knows_pupil(name)))

    def _guardians(self) -> None:
        from minamo.people.models import Guardian, Household, Restriction

        for name, (_, _, towns) in GUARDIANS.items():
            for town in towns:
                row = Guardian.objects.get(pk=uid("guardian", name if town == next(iter(towns)) else f"{name}@{town}"))
                contacts = knows_contacts(name, town)
                Guardian.objects.filter(pk=row.pk).update(**self._fill("people.Guardian", contacts))
                home = Household.objects.filter(pk=row.household_id)
                home.update(**self._fill("people.Household", contacts, ("phone", "emergency_phone", "note")))
                home.update(**self._fill("people.Household", knows_address(name, town), ("postal_code", "address")))
        office = OFFICERS | NURSES | {"a1-homeroom"}
        for restriction in Restriction.objects.all():
            Restriction.objects.filter(pk=restriction.pk).update(**self._fill("people.Restriction", office))

    def _staff(self) -> None:
        from minamo.people.models import StaffMember

        for row in StaffMember.objects.select_related("account"):
            himself = frozenset({row.account.login_id})
            StaffMember.objects.filter(pk=row.pk).update(**self._fill("people.StaffMember", himself))

    def _about_hana(self) -> dict[str, Any]:
        return {"municipality_id": self.world.municipality("A"), "pupil_id": self.world.pupil("hana")}

    def _morning(self) -> None:
        """A notice about 花, her mark, her health, a call: what the school writes about a morning."""
        from minamo.attendance.models import CallLog, HealthObservation, Mark, Notice

        now, about = timezone.now(), self._about_hana() | {"school_id": self.world.school("a1")}
        teacher = self.world.account("a1-homeroom")
        Notice.objects.create(
            pk=self.notice, **about, homeroom_id=self.world.klass("a1-1"), kind="absent", reason="sick", begins=TODAY,
            ends=TODAY, channel="app", sender_id=self.world.account("takahashi-mother"), key=uuid.uuid4(),
            written_at=now, received_at=now, **self._fill("attendance.Notice", WORDS | FAMILY),
        )  # fmt: skip
        yesterday = TODAY - dt.timedelta(days=4)
        Mark.objects.create(**about, day=yesterday, code="PRESENT", marked_by_id=teacher, marked_at=now,
                            **self._fill("attendance.Mark", REGISTER | FAMILY, ("marked_by_label",)),
                            **self._fill("attendance.Mark", WORDS | FAMILY, ("note",)))  # fmt: skip
        HealthObservation.objects.create(**about, day=TODAY, observed_by_id=teacher, observed_at=now,
                                         **self._fill("attendance.HealthObservation", WORDS))  # fmt: skip
        CallLog.objects.create(**about, day=TODAY, called_at=now, called_by_id=teacher, outcome="reached",
                               **self._fill("attendance.CallLog", WORDS))  # fmt: skip

    def _history(self) -> None:
        from minamo.attendance.models import MarkChange, NoticeChange
        from minamo.people.models import PupilRevision

        about, teacher, now = self._about_hana(), self.world.account("a1-homeroom"), timezone.now()
        MarkChange.objects.create(**about, day=TODAY, changed_by_id=teacher, changed_at=now,
                                  **self._fill("attendance.MarkChange", REGISTER))  # fmt: skip
        written = self._fill("attendance.NoticeChange", REGISTER | FAMILY, ("changed_by_label",))
        written |= self._fill("attendance.NoticeChange", WORDS | FAMILY, ("before",))
        written["before"] |= {"kind": "absent", "reason": "sick", "begins": "2026-11-24", "ends": "2026-11-24"}
        written["before"] |= dict.fromkeys(("arrives_at", "leaves_at", "returns_on"))
        NoticeChange.objects.create(
            municipality_id=about["municipality_id"], notice_id=self.notice, kind="correction", changed_by_id=teacher,
            changed_at=now, after_deadline=False, **written,
        )  # fmt: skip
        PupilRevision.objects.create(**about, changed_by_id=teacher, applies_from=TODAY,
                                     **self._fill("people.PupilRevision", SCHOOL | LIGHT | A_BOARD))  # fmt: skip

    def _tests(self) -> None:
        """A test of 花's class that was given back; what she wrote, what her family asked, what the school answered."""
        from minamo.marking.models import Release, ResultPaper, Review, ReviewAnswer, Settlement

        a_result(self.world, timezone.now())
        a_given_back(self.world, timezone.now())
        Settlement.objects.update(**self._fill("marking.Settlement", READERS))
        hers, home = READERS | FAMILY | PUPIL, Release.objects.filter(result=RESULT)
        home.update(**self._fill("marking.Release", hers | parents("sora")))
        ResultPaper.objects.filter(pk=PAPER).update(texts=[self.token("marking.ResultPaper.texts", READERS), None])
        for review in Review.objects.filter(paper=PAPER):
            Review.objects.filter(pk=review.pk).update(**self._fill("marking.Review", hers))
        ReviewAnswer.objects.filter(review__paper=PAPER).update(**self._fill("marking.ReviewAnswer", hers))

    def _marking(self) -> None:
        """A test of 花's class that is being marked and is shared with nobody."""
        from minamo.marking.models import AnswerMark, Assessment, Pile

        comment = self._fill("marking.Stroke", MARKERS)["comment"]
        sitting = an_assessment(self.world, timezone.now(), comment=comment)
        Assessment.objects.filter(sittings=sitting).update(**self._fill("marking.Assessment", READERS))
        Pile.objects.filter(sitting=sitting).update(**self._fill("marking.Pile", MARKERS))
        AnswerMark.objects.filter(sitting=sitting).update(**self._fill("marking.AnswerMark", MARKERS))

    def _imports(self) -> None:
        from minamo.interop.models import ImportRun, TrayRow

        run = ImportRun.objects.create(municipality_id=self.world.municipality("A"), kind="guardians", state="applied",
                                       **self._fill("interop.ImportRun", OFFICERS | A_BOARD))  # fmt: skip
        values = self._fill("interop.TrayRow", OFFICERS | A_BOARD)
        values["flags"] = []  # codes, no text of a person
        TrayRow.objects.create(**self._about_hana(), school_id=self.world.school("a1"), run=run, record=1, **values)

    def seen_wrongly(self, subject: str, text: str) -> list[str]:
        """Fields whose canary stands in the text though the subject may never meet it."""
        if "鮭" not in text:
            return []
        return [one.field for one in self.canaries if one.text in text and subject not in one.audience]

    def seen(self, text: str) -> set[str]:
        """All fields whose canary stands in the text."""
        return {one.field for one in self.canaries if one.text in text} if "鮭" in text else set()


def unsorted_fields() -> list[str]:
    """Text fields of the rooms that hold personal data which nobody has put into PLANTED or OPEN."""
    found = []
    for room in ROOMS:
        for model in apps.get_app_config(room).get_models():
            label = f"{room}.{model.__name__}"
            known = (*PLANTED.get(label, ()), *OPEN.get(label, ()))
            fields = [f for f in model._meta.concrete_fields if isinstance(f, TEXTS) and not f.choices]
            found += [f"{label}.{f.name}" for f in fields if f.name not in known]
    return found


def readable(response: Any) -> str:
    """What was answered, as text: pages, files packed in ZIP (XLSX too) and PDF; an endless stream is closed unread."""
    kind = response.headers.get("Content-Type", "")
    if response.streaming and kind.startswith("text/event-stream"):
        return ""
    body = b"".join(response.streaming_content) if response.streaming else response.content
    headers = "\n".join(f"{name}: {value}" for name, value in response.headers.items())
    return headers + _text_of(body)


def _text_of(body: bytes) -> str:
    if body.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(body)) as packed:
            return "\n".join(_text_of(packed.read(name)) for name in packed.namelist())
    if body.startswith(b"%PDF"):
        import pypdfium2

        document = pypdfium2.PdfDocument(body)
        return "\n".join(page.get_textpage().get_text_range() for page in document)
    for encoding in ("utf-8", "cp932"):
        try:
            return body.decode(encoding)
        except UnicodeDecodeError:
            continue
    return body.decode("utf-8", "replace")
