"""ファイルを渡す."""

from urllib.parse import quote

from django.http import HttpResponse

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def download(content: bytes, kind: str, name: str, *, inline: bool = False) -> HttpResponse:
    """A file with its Japanese name; `inline` opens it in the browser (PDF)."""
    response = HttpResponse(content, content_type=kind)
    response["Content-Disposition"] = f"{'inline' if inline else 'attachment'}; filename*=UTF-8''{quote(name)}"
    return response
