"""Nouns of 学籍 (people): pupils, guardians, households, staff, classes, enrolment. Private to this room."""

from minamo.people.models.attempt import JoinAttempt
from minamo.people.models.classes import ClassPupil, ClassStaff, SchoolClass
from minamo.people.models.enrolment import Enrolment
from minamo.people.models.former import FormerPupil
from minamo.people.models.guardian import Guardian, GuardianLink, Household, Invitation, Restriction
from minamo.people.models.pupil import Pupil, PupilRevision
from minamo.people.models.staff import StaffMember

__all__ = [
    "ClassPupil", "ClassStaff", "Enrolment", "FormerPupil", "Guardian", "GuardianLink", "Household", "Invitation", "JoinAttempt",
    "Pupil", "PupilRevision", "Restriction", "SchoolClass", "StaffMember",
]  # fmt: skip
