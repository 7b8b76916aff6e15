"""管理ツール（MDM）の報告の動詞: a list of the tool is taken as reports of now, all of it or nothing."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db import models, transaction

from minamo.access import ports
from minamo.access.actor import Actor
from minamo.access.enforce import authorise
from minamo.access.mdm import Line
from minamo.access.models import Posture, Terminal
from minamo.access.resources import Resource

MDM = Posture.Source.MDM


class RegisterChanged(Exception):
    """台帳が変わった: a device of the list is no longer in this register; the text says what to do."""


@dataclass(frozen=True)
class Taken:
    """取り込んだ結果: how many reports were kept, and how many were there already (the same list sent twice)."""

    kept: int
    again: int


def take_reports(*, actor: Actor, register: Resource, lines: Sequence[Line], since: dt.datetime | None = None) -> Taken:
    """報告を取り込む into the register of a school or municipality. A device that has had a report of the tool after `since` (when the
    list was shown) keeps that one. Raises Denied, or RegisterChanged, and then nothing is taken.

    One row in the trail: how many, and which devices became 要確認 or came back.
    """
    decision = authorise(actor, "device:report", register)
    with transaction.atomic():
        wanted = {line.device: line for line in lines}
        held = {row.pk: row for row in _of(register).filter(pk__in=list(wanted)).select_for_update(of=("self",))}
        if len(held) != len(wanted):
            raise RegisterChanged("台帳が変わりました。何も取り込んでいません。ファイルをもう一度選んでください。")
        for terminal in held.values():
            authorise(actor, "device:report", terminal)
        before = newest_reports(list(held))
        due = [line for line in lines if since is None or (b := before.get(line.device)) is None or b.at < since]
        Posture.objects.bulk_create(
            Posture(terminal_id=line.device, municipality_id=held[line.device].municipality_id, source=MDM, at=actor.now,
                    good=line.good, facts=dict(line.facts))
            for line in due
        )  # fmt: skip
        turned = {word: [str(line.device) for line in due if line.good is good and _was(before, line) is not good]
                  for word, good in (("turned_bad", False), ("turned_good", True))}  # fmt: skip
        ports.trail()(
            actor=actor, action="device:report", resource_type="Terminal", resource_id=register.id, rules=decision.rules,
            municipality=register.values["municipality"], school=register.values["school"],
            detail={"good": sum(line.good for line in due), "bad": sum(not line.good for line in due), **turned},
        )  # fmt: skip
    return Taken(len(due), len(lines) - len(due))


def newest_reports(devices: Sequence[UUID]) -> dict[UUID, Posture]:
    """The newest report of the tool for each device. One query."""
    found = (
        Posture.objects.filter(terminal__in=devices, source=MDM).order_by("terminal_id", "-id").distinct("terminal_id")
    )
    return {row.terminal_id: row for row in found}


def _of(register: Resource) -> "models.QuerySet[Terminal]":
    rows = Terminal.objects.filter(municipality_id=register.values["municipality"])
    return rows.filter(school_id=register.values["school"]) if register.values["school"] else rows


def _was(before: dict[UUID, Posture], line: Line) -> bool | None:
    return before[line.device].good if line.device in before else None
