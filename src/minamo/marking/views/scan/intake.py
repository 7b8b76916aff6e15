"""受け取り: files of a request, in one go or in parts, as piles. The same for teachers and for whoever holds a link."""

import json
from collections.abc import Callable, Sequence
from functools import partial
from uuid import UUID

from django.http import HttpRequest, HttpResponse, JsonResponse

from minamo.kernel.uploads import Accepted, UploadRefused, accept, accept_bytes, shown_name
from minamo.marking import incoming
from minamo.marking.actions.piles import Scans
from minamo.marking.apart import apart, pile_of
from minamo.marking.incoming import PartRefused, Whole
from minamo.marking.upload_rules import KINDS, PICTURES
from minamo.marking.vision.errors import PageError

REFUSED = (UploadRefused, PartRefused, PageError)
PART = "application/octet-stream"
DIGEST = "X-Part"


def part(request: HttpRequest, owner: UUID) -> HttpResponse:
    """部分を受け取る (bytes with their SHA-256), or say which ones are missing (JSON)."""
    try:
        if request.content_type == PART:
            incoming.keep_part(owner, request.headers.get(DIGEST, ""), request.body)
            return HttpResponse(status=204)
        return JsonResponse({"missing": incoming.missing(owner, _listed(request, "parts"))})
    except (PartRefused, ValueError) as problem:
        words = str(problem) if isinstance(problem, PartRefused) else "送り方がちがいます。画面を開き直してください。"
        return JsonResponse({"problem": words}, status=422)


def _listed(request: HttpRequest, name: str) -> list[str]:
    body = json.loads(request.body or b"{}")
    found = body.get(name) if isinstance(body, dict) else None
    if not isinstance(found, list) or not all(isinstance(one, str) for one in found):
        raise PartRefused("送り方がちがいます。画面を開き直してください。")
    return found


def received(request: HttpRequest, owner: UUID) -> tuple[list[Scans], list[Whole]]:
    """届いたファイルを山にする, and the parts they came in. Raises UploadRefused, PartRefused, PageError in words."""
    if request.content_type != "application/json":
        sent = request.FILES.getlist("files")
        return piles_of(
            [_named(one.name or "", partial(accept, one, KINDS)) for one in sent] or [accept(None, KINDS)]
        ), []
    try:
        wholes = incoming.listed(json.loads(request.body or b"{}").get("files"))
    except (ValueError, AttributeError) as problem:
        raise (
            problem
            if isinstance(problem, PartRefused)
            else PartRefused("送り方がちがいます。画面を開き直してください。")
        ) from problem
    files = [_named(one.name, partial(accept_bytes, one.name, incoming.whole(owner, one), KINDS)) for one in wholes]
    return piles_of(files), wholes


def _named(name: str, door: Callable[[], Accepted]) -> Accepted:
    """Through the door; a refusal says which file it is about."""
    try:
        return door()
    except UploadRefused as problem:
        raise UploadRefused(f"{shown_name(name)}：{problem}") from problem


def piles_of(files: Sequence[Accepted]) -> list[Scans]:
    """Several pictures are one pile in the order chosen; every other file is its own."""
    pictures = [file for file in files if file.kind in PICTURES]
    rest = [Scans(file.name, file.content) for file in files if file.kind not in PICTURES]
    if len(pictures) < 2:
        return [Scans(file.name, file.content) for file in pictures] + rest
    name = f"{pictures[0].name} ほか{len(pictures) - 1}枚"
    return [Scans(name, apart(name, pile_of, [(file.name, file.content) for file in pictures])), *rest]
