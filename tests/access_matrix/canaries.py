"""Canaries: a text of its own in every secret field of the world, and by hand who may ever meet it.

Every answer to every subject and every line of the log is searched for all of them. A text field that is neither here nor
in OPEN fails the matrix, so that a new secret cannot be forgotten.
"""

import datetime as dt
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from itertools import count
from typing import Any

from django.apps import apps
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone

from minamo.access.api import set_scope
from tests.access_matrix.expected import (
    FAMILY,
    HEADS,
    LIGHT,
    MARKERS,
    NOBODY,
    NURSES,
    OFFICERS,
    PUPIL,
    READERS,
    SCHOOL,
    STAFF_A,
    STALE,
)
from tests.access_matrix.written import Search, forms
from tests.fixtures.assessments import EDITION, an_assessment
from tests.fixtures.given import a_given_back
from tests.fixtures.governed import governed
from tests.fixtures.passkey import a_passkey
from tests.fixtures.results import ITEMS, PAPER, RESULT, a_result
from tests.fixtures.world import CLASSES, GUARDIANS, MUNICIPALITIES, PUPILS, TODAY, World, uid

NAMES = (
    "official_family", "official_given", "official_middle", "family", "given", "middle",
    "family_kana", "given_kana", "middle_kana", "search_key",
)  # fmt: skip
# What django-axes keeps of somebody who tried to sign in.
ATTEMPT = ("username", "ip_address", "user_agent", "http_accept", "path_info", "get_data", "post_data")
# What is planted, by model. Of a choice it is a word no select has, so that an empty form shows none: pages write it as it is, and
# where one looks its words up and writes nothing, the other fields of the row speak.
PLANTED: Mapping[str, tuple[str, ...]] = {
    "people.Pupil": (*NAMES, "student_number", "birth_date", "sex", "master_id"),
    "people.FormerPupil": (*NAMES, "student_number", "sex", "last_day"),
    "people.Guardian": (*NAMES, "phone", "email"),
    "people.Household": ("postal_code", "address", "phone", "emergency_phone", "note"),
    "people.GuardianLink": ("relation", "custody", "begins", "ends"),
    "people.Restriction": ("ground", "kind", "begins", "ends"),
    "people.Enrolment": (
        "previous_school",
        "next_school",
        "grade_note",
        "begins",
        "begin_kind",
        "ends",
        "end_kind",
        "last_attended",
    ),
    "people.PupilRevision": ("before", "after", "reason", "changed_by_label", "applies_from"),
    "people.StaffMember": ("staff_number", "email", "master_id"),
    "attendance.Notice": (
        "text",
        "sender_label",
        "entered_by_label",
        "reason",
        "symptoms",
        "temperature",
        "arrives_at",
        "leaves_at",
        "returns_on",
    ),
    "attendance.NoticeChange": ("before", "changed_by_label"),
    "attendance.Mark": ("code", "note", "marked_by_label"),
    "attendance.MarkChange": ("before", "after", "reason", "changed_by_label", "before_by_label"),
    "attendance.HealthObservation": ("items", "temperature", "note"),
    "attendance.CallLog": ("to", "note", "called_by_label"),
    "marking.ResultPaper": ("texts", "points"),
    "marking.Release": ("comment",),
    "marking.Review": ("text", "asked_by_label"),
    "marking.ReviewAnswer": ("text", "before", "after"),
    "marking.Assessment": ("title",),
    "marking.Pile": ("filename",),
    "marking.Stroke": ("comment", "points"),
    "marking.AnswerMark": ("comment", "points"),
    "marking.Settlement": ("ended_why",),
    "interop.TrayRow": ("values", "mended"),
    "interop.ImportRun": ("filename", "report", "started_by_label"),
    "policy.Incident": ("summary", "reporter_label", "happened_at"),
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
    "mfa.Authenticator": ("data",),
    "account.EmailAddress": ("email",),
    "account.EmailConfirmation": ("key",),
    "axes.AccessAttempt": ATTEMPT,
    "axes.AccessFailureLog": ATTEMPT[:5],
    "axes.AccessLog": (*ATTEMPT[:5], "session_hash"),
}
# Text that is no secret among those who can reach the page at all, or no text a person wrote.
OPEN: Mapping[str, tuple[str, ...]] = {
    "people.SchoolClass": ("title",),
    "people.Enrolment": ("grade",),
    "people.Pupil": ("grade",),
    "people.FormerPupil": ("grade",),
    "people.Invitation": ("code_hash",),
    "people.JoinAttempt": ("key",),
    "people.StaffMember": NAMES,
    "attendance.AttendanceCode": ("code", "label", "short_label", "mark"),
    "attendance.HealthItem": ("code", "label"),
    "attendance.Closure": ("grade", "reason"),
    "attendance.MonthClosing": ("closed_by_label", "digest"),
    "attendance.Resolution": ("decided_by_label",),
    "marking.Result": ("title", "subject", "items", "settled_by_label"),
    "marking.ResultPaper": ("looks",),
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
    "interop.TrayRow": ("flags",),  # codes, no text of a person
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
# What is no text, by the reason why it bears no canary (a word of a select, a day, a number).
VALUES: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "the day or period a row is about: who meets the row asked for that day; what the row says of it bears a canary": {
        "attendance.Mark": ("day",),
        "attendance.MarkChange": ("day",),
        "attendance.HealthObservation": ("day",),
        "attendance.Notice": ("begins", "ends"),
        "attendance.Resolution": ("day",),
        "attendance.CallLog": ("day",),
        "access.Emergency": ("due",),
        "people.ClassPupil": ("begins", "ends"),
        "policy.ExceptionGrant": ("begins", "ends"),
    },
    "one of a few words that every form and legend shows; what a person wrote into the same row bears a canary": {
        "attendance.Notice": ("kind", "channel"),
        "attendance.NoticeChange": ("kind",),
        "attendance.CallLog": ("outcome",),
        "attendance.Resolution": ("holds",),
        "people.PupilRevision": ("verb",),
        "interop.ImportRun": ("state",),
        "interop.TrayRow": ("state",),
        "policy.Incident": ("kind",),
        "policy.IncidentEntry": ("kind",),
        "policy.Inspection": ("kind",),
        "policy.InspectionAnswer": ("verdict",),
        "policy.ExceptionGrant": ("template",),
        "policy.RegisterEntry": ("kind",),
        "policy.RevisionStep": ("kind",),
        "access.TerminalState": ("state",),
    },
    "a small number that stands on every page in another meaning; the name or the answer beside it bears a canary": {
        "people.Pupil": ("attendance_number",),
        "people.ClassPupil": ("kind", "number"),
        "people.GuardianLink": ("contact_order",),
        "interop.TrayRow": ("record",),
        "marking.ResultPaper": ("number",),
        "marking.ScanPage": ("index", "leaf"),
        "marking.Binding": ("number",),
        "marking.Stroke": ("round", "base", "undoes"),
        "marking.AnswerMark": ("round", "stroke"),
        "marking.Claim": ("round",),
    },
    "would end what every route of the matrix is about; who has left is told by the canaries of FormerPupil": {
        "people.Pupil": ("left_on",),
    },
    "the deadlines of an incident count from it, and the one of the matrix is running": {"policy.Incident": ("known_at",)},
    "of a school, a class or a town, the same for all of its people": {
        "attendance.Closure": ("scope", "begins", "ends"),
        "attendance.MonthClosing": ("month",),
        "attendance.AttendanceCode": ("counts_as", "button", "position", "turns"),
        "attendance.HealthItem": ("position",),
        "curriculum.CalendarEntry": ("begins", "ends", "kind", "grades", "position"),
        "marking.Assessment": ("year",),
        "marking.Edition": ("number",),
        "marking.Sitting": ("held_on",),
        "marking.Result": ("held_on",),
        "marking.Release": ("review_until",),
        "marking.KeepingRule": ("days",),
        "people.Enrolment": ("year",),
        "people.SchoolClass": ("year", "kind", "grades", "subject_codes", "subjects", "position"),
        "policy.CountyLayer": ("members", "agreed_on"),
        "policy.Inspection": ("year",),
        "policy.Issue": ("number", "effective_on", "acknowledge_by"),
        "policy.RevisionStep": ("effective_on",),
        "tenancy.School": ("kind", "position", "terms", "notice_deadline", "first_time", "last_time"),
        "tenancy.Suspension": ("begins", "ends"),
    },
    "who works where and teaches whom is known to all who can reach the page": {
        "people.ClassStaff": ("begins", "ends"),
        "tenancy.Membership": ("post", "begins", "ends"),
        "access.Account": ("kind",),
        "policy.Revision": ("hands",),
        "policy.Acknowledgement": ("posts",),
    },
    "of things the town keeps a register of, not of persons; their names bear canaries": {
        "policy.Asset": (
            "grade", "confidentiality", "integrity", "availability", "take_out", "send_out", "watermark", "confirmed_on", "retired_on",
        ),
        "policy.OutsideService": (
            "kind", "grade", "contract_begins", "contract_ends", "ismap", "iso27001", "iso27017", "privacy_mark",
            "subcontracting", "checked_on", "ended_on",
        ),
    },
    "how large a file or a piece of work is": {
        "marking.Assessment": ("width", "height"),
        "marking.PaperSheet": ("width", "height"),
        "marking.MarkedBook": ("pages", "done"),
        "marking.ImageRemoval": ("due_on", "files", "kept", "size"),
        "marking.Grouping": ("pages",),
        "marking.Pile": ("pages",),
        "marking.ScanPage": ("score", "trace"),
        "policy.Impact": ("kind", "done", "total"),
    },
    "of the machine: no page is made of it, or it is sealed or public": {
        "access.Tries": ("wrong",),
        "access.Device": ("side", "strength"),
        "access.Terminal": ("key",),
        "access.Posture": ("source",),
        "access.Stash": ("body",),
        "audit.Entry": ("id", "xid", "rules"),
        "policy.Reminder": ("kind", "due_on"),
        "mfa.Authenticator": ("type",),
        "axes.AccessAttempt": ("failures_since_start",),
    },
    "how many questions somebody answered at the first go: a count without the questions": {
        "policy.Acknowledgement": ("asked", "right_at_first"),
    },
}  # fmt: skip
# A day with lessons before the one the routes ask for.
EARLIER = TODAY - dt.timedelta(days=4)
# Days on which nobody of the world was born and no page's year begins: of a year whose weekdays are not those of the matrix's.
FIRST_DAY, FAR_DAY = dt.date(2011, 7, 1), dt.date(2051, 7, 1)
# Degrees no width, share or mark of a page is written with.
DEGREES = (Decimal("38.7"), Decimal("39.4"))
# Points nobody is given, out of so many that they are not too many; no sum, mean or share of two of them is another.
POINTS, FULL = (20113, 22307, 23719, 25147, 26701, 28229), 40000
# Where each field is met by somebody who may see it: routes (and pages of FURTHER) with fields, or with a table for all of its
# fields that stand nowhere else here. A canary nobody meets shows nothing: the page that should show one fails without it.
SHOWN: Mapping[str, tuple[str, ...]] = {
    "people-pupil": (
        "people.Pupil", "people.Enrolment", "people.PupilRevision", "people.Guardian", "people.GuardianLink",
        "people.Household",
    ),
    "空's guardians": ("people.Restriction", "people.Guardian.email"),
    "pupils, with those who left": ("people.FormerPupil",),
    "attendance-register": (
        "attendance.HealthObservation", "attendance.CallLog", "attendance.MarkChange", "attendance.NoticeChange.changed_by_label",
        "attendance.Mark.marked_by_label",
    ),
    "a day before": ("attendance.Mark",),
    "attendance-month": ("attendance.MarkChange.reason",),
    "attendance-notice": ("attendance.Notice", "attendance.NoticeChange"),
    "marking-answers": ("marking.Stroke",),
    "marking-page-move": ("marking.AnswerMark", "marking.Assessment", "marking.Pile"),
    "marking-paper": ("marking.Release", "marking.ReviewAnswer"),
    "marking-result-book": ("marking.ResultPaper",),
    "marking-review": ("marking.Review",),
    "marking-settlement": ("marking.Settlement",),
    "interop-guardians": ("interop.ImportRun",),
    "interop-guardians-tray": ("interop.TrayRow",),
    "policy-incident": ("policy.Incident", "policy.IncidentEntry"),
    "policy-inspection-school": ("policy.Inspection",),
    "policy-inspections-school": ("policy.Inspection.begun_by",),
    "policy-asset": ("policy.Asset", "policy.RegisterEntry"),
    "policy-exception": ("policy.ExceptionGrant",),
    "policy-service": ("policy.OutsideService",),
    "policy-approval": ("policy.Revision", "policy.RevisionStep"),
    "policy-editions": ("policy.Issue",),
    "access-emergencies": ("access.Emergency", "access.EmergencyReview", "access.EmergencyCorrection"),
    "access-news-read": ("access.AccountNews",),
    "access-register-municipality": ("access.TerminalState",),
    "audit-words": ("audit.Entry",),
    "mfa_list_webauthn": ("mfa.Authenticator.data@name",),
}  # fmt: skip
# The same values where the answer is no page, so that the search is known to read a book, CSV, JSON and print too; and at home.
SHOWN_APART: Mapping[str, tuple[str, ...]] = {
    "marking-paper": ("marking.ResultPaper.points",),
    "people-export-xlsx": ("people.Pupil.family", "people.Pupil.birth_date"),
    "people-export-csv": ("people.Pupil.family", "people.Pupil.birth_date"),
    "attendance-notice-queue": ("people.Pupil.given",),
    "attendance-month-print": ("people.Pupil.family",),
    "policy-services-print": ("policy.OutsideService.name",),
}
# What no page shows to anybody, and why; should one show it after all, the matrix fails and the line has to go.
UNSHOWN: Mapping[str, str] = dict.fromkeys(
    ("people.Pupil.search_key", "people.FormerPupil.search_key", "people.Guardian.search_key"), "searched in, never written out"
) | dict.fromkeys(
    ("people.Pupil.master_id", "people.StaffMember.master_id", "people.StaffMember.staff_number", "people.StaffMember.email"),
    "joins the rows of the OneRoster package, and no page names it",
) | dict.fromkeys(
    (*(f"people.{who}.official_{part}" for who in ("Guardian", "FormerPupil") for part in ("family", "middle", "given")),
     "people.FormerPupil.sex"),
    "kept for the 指導要録, which no page prints yet",
) | dict.fromkeys(
    ("people.GuardianLink.begins", "people.GuardianLink.ends"), "decides who is a guardian on a day, and no page names the day"
) | dict.fromkeys(
    (f"{table}.{field}" for table, fields in PLANTED.items() if table.startswith("axes.") for field in fields),
    "kept to lock a door, and no page reads it",
) | {
    "interop.ImportRun.report": "pages take single counts and problems out of it; free words are none of them",
    "interop.TrayRow.mended": "laid over the values when the row is taken in",
    "policy.InspectionAnswer.note": "stands on the page while the inspection goes on; these are over, and their lines hold the copy",
    "policy.InspectionAnswer.answered_by": "as the note",
    "policy.Issue.activated_by": "named for two weeks while the edition that was restored holds; this one is over",
    "access.TerminalState.by_label": "named where somebody tried to sign in at a lost device; here nobody did",
    "account.EmailAddress.email": "minamo sends no mail to it and shows how one signs in, not the address",
    "account.EmailConfirmation.key": "as the address",
    "mfa.Authenticator.data@secret": "shown while it is made, from the session",
    "mfa.Authenticator.data@seed": "the codes made of it are shown after a proof for exactly that act",
}  # fmt: skip
ROOMS = tuple(sorted(config.label for config in apps.get_app_configs() if config.name.startswith("minamo.")))
# Tables of what others wrote for signing in.
SIGN_IN = ("account", "axes", "mfa")
# No page tells a value of these from another: keys, yes or no, and the moment at which minamo itself noted something.
BOOKKEEPING = (models.AutoField, models.UUIDField, models.BooleanField, models.DateTimeField)
# What is of such a kind and yet is said of a person.
SAID = {
    "people.Pupil.master_id",
    "people.StaffMember.master_id",
    "policy.Incident.happened_at",
    "policy.Incident.known_at",
}

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


def corrects_pupil(pupil: str) -> frozenset[str]:
    """Who corrects a child's record (6.4)."""
    return {"a1": OFFICERS, "a2": A2, "b1": B1}[CLASSES[PUPILS[pupil][5]][0]]


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
    """A value that stands in one field of one row, its written forms, and the subjects who may meet it."""

    forms: tuple[str, ...]
    field: str
    audience: frozenset[str]


class Aviary:
    """All canaries of a world. Planted in the running transaction."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.canaries: list[Canary] = []
        self.notice = uid("notice", "canary")
        self._days, self._minutes, self._degrees, self._points = count(), count(41), iter(DEGREES), iter(POINTS)
        self._search: Search[Canary] | None = None

    def token(self, field: str, audience: frozenset[str]) -> str:
        """A new text; letters of its own, so that it is no part of another and survives every encoding."""
        return str(self.put(field, audience, f"鮭{len(self.canaries):04d}鱒"))

    def put(self, field: str, audience: frozenset[str], value: Any) -> Any:
        """The value, looked for from now on in every form it is written in."""
        self.canaries.append(Canary(forms(value), field, audience))
        return value

    def value(self, kind: "models.Field[Any, Any]", field: str, audience: frozenset[str]) -> Any:
        """A value of the field's kind that nothing else in the world has."""
        if isinstance(kind, models.DateField):  # a moment, too
            day = FIRST_DAY + dt.timedelta(days=next(self._days))
            moment = dt.datetime.combine(day, dt.time(3), tzinfo=dt.UTC)
            return self.put(field, audience, moment if isinstance(kind, models.DateTimeField) else day)
        if isinstance(kind, models.TimeField):
            return self.put(field, audience, dt.time(11, next(self._minutes)))
        if isinstance(kind, models.DecimalField):
            return self.put(field, audience, next(self._degrees))
        if isinstance(kind, models.PositiveSmallIntegerField):
            return self.put(field, audience, next(self._points))
        if isinstance(kind, models.UUIDField):
            return self.put(field, audience, uuid.UUID(f"ca9a4137-0000-4000-8000-{len(self.canaries):012}"))
        if isinstance(kind, models.GenericIPAddressField):
            return self.put(field, audience, f"203.0.113.{next(self._days)}")
        text = self.token(field, audience)
        if isinstance(kind, models.JSONField):
            return {"name": text, "text": text}
        return [text] if isinstance(kind, ArrayField) else text[: getattr(kind, "max_length", None)]

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
        self._doors()
        governed(self.world, timezone.now(), lambda label: self._fill(label.split("@")[0], GOVERNED[label]))
        return self

    def _fill(self, label: str, audience: frozenset[str], only: tuple[str, ...] = ()) -> dict[str, Any]:
        model = apps.get_model(label)
        return {
            name: self.value(model._meta.get_field(name), f"{label}.{name}", audience)
            for name in only or PLANTED[label]
        }

    def _pupils(self) -> None:
        from minamo.people.models import Enrolment, FormerPupil, Pupil

        FormerPupil.objects.create(municipality_id=self.world.municipality("A"), school_id=self.world.school("a1"),
                                   pupil_id=self.world.pupil("nagi"), grade="P5",
                                   **self._fill("people.FormerPupil", SCHOOL | LIGHT | A_BOARD))  # fmt: skip
        for name in PUPILS:
            key = self.world.pupil(name)
            Pupil.objects.filter(pk=key).update(**self._fill("people.Pupil", knows_pupil(name)))
            words = ("previous_school", "next_school")
            Enrolment.objects.filter(pupil_id=key).update(
                **self._fill("people.Enrolment", knows_pupil(name), words),
                **self._fill("people.Enrolment", corrects_pupil(name), ("grade_note",)),
            )
        of_all = tuple(name for name in PLANTED["people.Enrolment"] if name != "grade_note")
        Enrolment.objects.create(school_id=self.world.school("a2"), grade="P1", year=2020, **self._about_hana(),
                                 **self._fill("people.Enrolment", knows_pupil("hana"), of_all),
                                 **self._fill("people.Enrolment", corrects_pupil("hana"), ("grade_note",)))  # fmt: skip

    def _guardians(self) -> None:
        from minamo.people.models import Guardian, GuardianLink, Household, Restriction

        for name, (_, _, towns) in GUARDIANS.items():
            for town in towns:
                row = Guardian.objects.get(pk=uid("guardian", name if town == next(iter(towns)) else f"{name}@{town}"))
                contacts = knows_contacts(name, town)
                Guardian.objects.filter(pk=row.pk).update(**self._fill("people.Guardian", contacts))
                home = Household.objects.filter(pk=row.household_id)
                home.update(**self._fill("people.Household", contacts, ("phone", "emergency_phone")))
                home.update(**self._fill("people.Household", knows_address(name, town), ("postal_code", "address")))
                # What the school noted about a home is not for the home.
                home.update(
                    **self._fill("people.Household", knows_address(name, town) - GUARDIAN_SUBJECTS[name], ("note",))
                )
        towns = {self.world.municipality(town): town for town in MUNICIPALITIES}
        guardians = {self.world.guardian(name if town == next(iter(of)) else f"{name}@{town}"): name
                     for name, (_, _, of) in GUARDIANS.items() for town in of}  # fmt: skip
        for link in GuardianLink.objects.all():
            knows = knows_contacts(guardians[link.guardian_id], towns[link.municipality_id])
            values = self._fill("people.GuardianLink", knows, ("relation", "custody", "begins"))
            if link.guardian_id == self.world.guardian("takahashi-father"):
                ends = FAR_DAY + dt.timedelta(days=next(self._days))
                values["ends"] = self.put("people.GuardianLink.ends", knows, ends)
            GuardianLink.objects.filter(pk=link.pk).update(**values)
        office = OFFICERS | NURSES | {"a1-homeroom"}
        for restriction in Restriction.objects.all():
            values = self._fill("people.Restriction", office, ("ground",))
            Restriction.objects.filter(pk=restriction.pk).update(**values)
        # One of a kind that closes nothing, and is over: those that hold must go on doing so.
        about = {"municipality_id": self.world.municipality("A"), "pupil_id": self.world.pupil("sora")}
        Restriction.objects.create(**about, **self._fill("people.Restriction", office))

    def _staff(self) -> None:
        from minamo.people.models import StaffMember

        for row in StaffMember.objects.select_related("account"):
            himself = frozenset({row.account.login_id})
            StaffMember.objects.filter(pk=row.pk).update(**self._fill("people.StaffMember", himself))

    def _about_hana(self) -> dict[str, Any]:
        return {"municipality_id": self.world.municipality("A"), "pupil_id": self.world.pupil("hana")}

    def _morning(self) -> None:
        """A notice about 花, her mark, her health, a call: what the school writes about a morning."""
        from minamo.attendance.models import CallLog, HealthItem, HealthObservation, Mark, Notice

        now, about = timezone.now(), self._about_hana() | {"school_id": self.world.school("a1")}
        teacher = self.world.account("a1-homeroom")
        told = self._fill("attendance.Notice", WORDS | FAMILY)
        told["symptoms"] = [told["symptoms"]["text"]]
        Notice.objects.create(
            pk=self.notice, **about, homeroom_id=self.world.klass("a1-1"), kind="absent", begins=TODAY,
            ends=TODAY, channel="app", sender_id=self.world.account("takahashi-mother"), key=uuid.uuid4(),
            written_at=now, received_at=now, **told,
        )  # fmt: skip
        # 蓮 was marked today, so that the morning names who did.
        Mark.objects.create(**about | {"pupil_id": self.world.pupil("ren")}, day=TODAY, code="PRESENT", marked_by_id=teacher,
                            marked_at=now, **self._fill("attendance.Mark", REGISTER, ("marked_by_label",)))  # fmt: skip
        Mark.objects.create(**about, day=EARLIER, marked_by_id=teacher, marked_at=now,
                            **self._codes("attendance.Mark", REGISTER | FAMILY | PUPIL, ("code",)),
                            **self._fill("attendance.Mark", REGISTER | FAMILY, ("marked_by_label",)),
                            **self._fill("attendance.Mark", WORDS | FAMILY, ("note",)))  # fmt: skip
        seen = self._fill("attendance.HealthObservation", WORDS, ("temperature", "note"))
        # An item the town no longer offers, so that no empty form has it; who gives the items their names reads them all.
        ails = self.token("attendance.HealthObservation.items", WORDS | A_BOARD)
        HealthItem.objects.create(
            municipality_id=about["municipality_id"], code=ails, label=ails, position=90, active=False
        )
        HealthObservation.objects.create(
            **about, day=TODAY, items=[ails], observed_by_id=teacher, observed_at=now, **seen
        )
        # Of 蓮, of whom nobody has heard: what was said on the telephone stands where no notice is.
        about |= {"pupil_id": self.world.pupil("ren")}
        CallLog.objects.create(**about, day=TODAY, called_at=now, called_by_id=teacher, outcome="reached",
                               **self._fill("attendance.CallLog", WORDS))  # fmt: skip

    def _history(self) -> None:
        from minamo.attendance.models import MarkChange, NoticeChange
        from minamo.people.models import PupilRevision

        about, teacher, now = self._about_hana(), self.world.account("a1-homeroom"), timezone.now()
        words = ("reason", "changed_by_label", "before_by_label")
        MarkChange.objects.create(**about, day=TODAY, changed_by_id=teacher, changed_at=now, before_at=now - dt.timedelta(hours=1),
                                  **self._codes("attendance.MarkChange", REGISTER, ("before", "after")),
                                  **self._fill("attendance.MarkChange", REGISTER, words))  # fmt: skip
        written = self._fill("attendance.NoticeChange", REGISTER | FAMILY, ("changed_by_label",))
        written |= self._fill("attendance.NoticeChange", WORDS | FAMILY, ("before",))
        written["before"] |= {"kind": "absent", "reason": "sick", "begins": "2026-11-24", "ends": "2026-11-24"}
        written["before"] |= dict.fromkeys(("arrives_at", "leaves_at", "returns_on"))
        NoticeChange.objects.create(
            municipality_id=about["municipality_id"], notice_id=self.notice, kind="correction", changed_by_id=teacher,
            changed_at=now, after_deadline=False, **written,
        )  # fmt: skip
        PupilRevision.objects.create(**about, changed_by_id=teacher,
                                     **self._fill("people.PupilRevision", SCHOOL | LIGHT | A_BOARD))  # fmt: skip

    def _codes(self, label: str, audience: frozenset[str], fields: tuple[str, ...]) -> dict[str, str]:
        """Codes of attendance the town no longer uses: they stand on no empty form, and only where they were marked."""
        from minamo.attendance.models import AttendanceCode

        values: dict[str, str] = self._fill(label, audience, fields)
        for value in values.values():
            AttendanceCode.objects.create(municipality_id=self.world.municipality("A"), code=value, label=value, mark="",
                                          short_label=value, counts_as="excused", button="other", position=90, active=False)  # fmt: skip
        return values

    def _doors(self) -> None:
        """How somebody who works here no more proves who he is, and what is kept of somebody who tried to sign in."""
        from allauth.account.models import EmailAddress, EmailConfirmation
        from allauth.mfa.models import Authenticator
        from axes.models import AccessAttempt, AccessFailureLog, AccessLog

        him, himself = self.world.account("a1-former"), frozenset({"a1-former"})
        key = {"name": self.token("mfa.Authenticator.data@name", himself), "credential": a_passkey()}
        for kind, data in (("webauthn", key), ("totp", {"secret": self.token("mfa.Authenticator.data@secret", NOBODY)}),
                           ("recovery_codes", {"seed": self.token("mfa.Authenticator.data@seed", NOBODY), "used_mask": 0})):  # fmt: skip
            Authenticator.objects.create(user_id=him, type=kind, data=data)
        mail = EmailAddress.objects.create(user_id=him, verified=True, **self._fill("account.EmailAddress", himself))
        EmailConfirmation.objects.create(email_address=mail, **self._fill("account.EmailConfirmation", NOBODY))
        for model in (AccessAttempt, AccessFailureLog, AccessLog):
            more = {"failures_since_start": 1} if model is AccessAttempt else {}
            model.objects.create(**self._fill(f"axes.{model.__name__}", NOBODY), **more)

    def _tests(self) -> None:
        """A test of 花's class that was given back; what she wrote, what her family asked, what the school answered."""
        from minamo.marking.models import Release, Result, ResultPaper, Review, ReviewAnswer

        a_result(self.world, timezone.now())
        a_given_back(self.world, timezone.now())
        hers, home = READERS | FAMILY | PUPIL, Release.objects.filter(result=RESULT)
        home.update(**self._fill("marking.Release", hers | parents("sora")))
        # The second question was worth nothing, so that the total is hers as well.
        points = self.put("marking.ResultPaper.points", hers, next(self._points))
        ResultPaper.objects.filter(pk=PAPER).update(
            texts=[self.token("marking.ResultPaper.texts", READERS), None], points=[points, 0]
        )
        Result.objects.filter(pk=RESULT).update(items=[one | {"full": FULL} for one in ITEMS])
        for review in Review.objects.filter(paper=PAPER):
            Review.objects.filter(pk=review.pk).update(**self._fill("marking.Review", hers))
        ReviewAnswer.objects.filter(review__paper=PAPER).update(**self._fill("marking.ReviewAnswer", hers))

    def _marking(self) -> None:
        """A test of 花's class that is being marked and is shared with nobody."""
        from minamo.marking.models import AnswerMark, Assessment, Pile, Result, Settlement

        sitting = an_assessment(self.world, timezone.now(), **self._fill("marking.Stroke", MARKERS))
        Assessment.objects.filter(sittings=sitting).update(**self._fill("marking.Assessment", READERS))
        Pile.objects.filter(sitting=sitting).update(**self._fill("marking.Pile", MARKERS))
        AnswerMark.objects.filter(sitting=sitting).update(**self._fill("marking.AnswerMark", MARKERS))
        # It was settled once, and that was taken back.
        here, now, teacher = self._about_hana()["municipality_id"], timezone.now(), self.world.account("a1-homeroom")
        former = Result.objects.create(municipality_id=here, school_id=self.world.school("a1"), school_class_id=self.world.klass("a1-1"),
                                       title="わり算", subject="算数", held_on=TODAY, items=ITEMS, key=uid("canary", "result"),
                                       settled_by_id=teacher, settled_by_label="原澤 美咲", settled_at=now)  # fmt: skip
        Settlement.objects.create(municipality_id=here, sitting_id=sitting, result=former, edition_id=EDITION, settled_at=now,
                                  ended_at=now, ended_by_id=teacher, ended_by_label="原澤 美咲",
                                  **self._fill("marking.Settlement", READERS))  # fmt: skip

    def _imports(self) -> None:
        from minamo.interop.models import ImportRun, TrayRow

        run = ImportRun.objects.create(municipality_id=self.world.municipality("A"), kind="guardians", state="applied",
                                       **self._fill("interop.ImportRun", OFFICERS | A_BOARD))  # fmt: skip
        TrayRow.objects.create(**self._about_hana(), school_id=self.world.school("a1"), run=run, record=1, flags=[],
                               **self._fill("interop.TrayRow", OFFICERS | A_BOARD))  # fmt: skip

    def found(self, text: str) -> list[Canary]:
        """All canaries that stand in the text."""
        if self._search is None:
            self._search = Search((one, one.forms) for one in self.canaries)
        return self._search.found(text)

    def seen(self, text: str) -> set[str]:
        """The fields whose canary stands in the text."""
        return {one.field for one in self.found(text)}


def planted_fields() -> set[str]:
    """What PLANTED names; the parts of a field that are secret to different people stand apart (data@name)."""
    parts = {"mfa.Authenticator.data": {f"mfa.Authenticator.data@{part}" for part in ("name", "secret", "seed")}}
    found = {f"{label}.{name}" for label, names in PLANTED.items() for name in names}
    return {part for field in found for part in parts.get(field, {field})}


def shown_at(page: str) -> set[str]:
    """The fields a page must show to somebody who may see them."""
    named = {field for fields in SHOWN.values() for field in fields}
    rest = planted_fields() - named - set(UNSHOWN)
    tables = {field for field in SHOWN.get(page, ()) if field in PLANTED}
    return {*SHOWN_APART.get(page, ()), *SHOWN.get(page, ())} - tables | {
        f for f in rest if f.rpartition(".")[0] in tables
    }


def unsorted_fields() -> list[str]:
    """Fields nobody has put into PLANTED, OPEN or VALUES: of every table of the rooms and of the sign-in, whatever their kind.

    Left out are relations and BOOKKEEPING, unless it is SAID of a person.
    """
    told = {name for name, f in all_fields().items() if not (f.primary_key or isinstance(f, BOOKKEEPING))}
    return sorted((told | SAID) - sorted_fields())


def sorted_fields() -> set[str]:
    """What PLANTED, OPEN and VALUES name."""
    tables = (PLANTED, OPEN, *VALUES.values())
    return {f"{label}.{name}" for table in tables for label, names in table.items() for name in names}


def all_fields() -> dict[str, "models.Field[Any, Any]"]:
    """Every column of the tables of the rooms and of the sign-in, room.Model.field, but for relations."""
    tables = [(room, model) for room in (*ROOMS, *SIGN_IN) for model in apps.get_app_config(room).get_models()]
    return {
        f"{room}.{model.__name__}.{field.name}": field
        for room, model in tables
        for field in model._meta.concrete_fields
        if not field.is_relation
    }
