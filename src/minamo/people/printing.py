"""登録の案内: one A4 page per pupil, with a code and a QR for each guardian, for handing out on paper."""

import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from uuid import UUID

import segno
from django.conf import settings

from minamo.design.typst import render_pdf
from minamo.kernel.wareki import format_wareki
from minamo.people.actions.invitations import Issued
from minamo.people.models import Guardian
from minamo.people.roster import PupilCard, pupil_cards

TEMPLATE = Path(__file__).parent / "typst" / "invitation.typ"


def join_url(code: str) -> str:
    """Where the QR leads. The code stands behind `#`, which browsers never send: no log on the way can hold it."""
    return f"{settings.PUBLIC_URL}/join/#{code}"


def invitation_sheets(issued: Sequence[Issued]) -> bytes:
    """PDF: exactly one page per pupil, by class and 出席番号. Raises ValueError when nothing was issued."""
    if not issued:
        raise ValueError("no codes were issued")
    cards = pupil_cards({item.pupil_id for item in issued})
    guardians = Guardian.objects.filter(pk__in={item.guardian_id for item in issued})
    names = {row.id: _called(row) for row in guardians}
    order = sorted(cards.values(), key=lambda card: (card.homeroom_title, card.number or 999, card.kana))
    pages = [_page(card, [item for item in issued if item.pupil_id == card.pupil_id], names) for card in order]
    return render_pdf(TEMPLATE, {"pages": pages, "address": f"{settings.PUBLIC_URL}/join/"})


def _called(guardian: Guardian) -> str:
    """Whom the code is for. The sheet goes home in the child's hands: the name of an institution does not stand on it."""
    return "保護者の方" if guardian.institution else f"{guardian.display_name} さん"


def _page(card: PupilCard, items: Sequence[Issued], names: Mapping[UUID, str]) -> dict[str, object]:
    return {
        "school": card.school_name,
        "place": " ".join(part for part in (card.homeroom_title, f"{card.number}番" if card.number else "") if part),
        "pupil": card.display_name,
        "until": format_wareki(items[0].expires_on),
        "codes": [
            {"guardian": names[item.guardian_id], "code": item.code, "qr": qr_svg(join_url(item.code))}
            for item in items
        ],
    }


def qr_svg(text: str) -> str:
    """A QR code as SVG text (error correction M, four modules of quiet zone)."""
    out = io.BytesIO()
    segno.make(text, error="m", micro=False).save(out, kind="svg", border=4, xmldecl=False)
    return out.getvalue().decode()
