"""Nouns of 規程: texts (revision, issue, acknowledgement), registers (asset, exception, …), inspections and incidents."""

from minamo.policy.models.incidents import Incident, IncidentEntry
from minamo.policy.models.inspections import Inspection, InspectionAnswer
from minamo.policy.models.registers import Asset, ExceptionGrant, OutsideService, RegisterEntry
from minamo.policy.models.reminders import Reminder
from minamo.policy.models.texts import (
    Acknowledgement,
    CountyLayer,
    Impact,
    Issue,
    QuizRound,
    Revision,
    RevisionStep,
)

__all__ = [
    "Acknowledgement", "Asset", "CountyLayer", "ExceptionGrant", "Impact", "Incident", "IncidentEntry", "Inspection",
    "InspectionAnswer", "Issue", "OutsideService", "QuizRound", "RegisterEntry", "Reminder", "Revision", "RevisionStep",
]  # fmt: skip
