"""台帳のファイル: answers that are a book or a printed form."""

from urllib.parse import quote

from django.http import HttpResponse

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def download(content: bytes, name: str, kind: str = XLSX) -> HttpResponse:
    """A file to keep, with its Japanese name."""
    response = HttpResponse(content, content_type=kind)
    response["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name)}"
    return response


def inline_pdf(content: bytes, name: str) -> HttpResponse:
    """A printed form to look at."""
    response = HttpResponse(content, content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="{name}"'
    return response
