"""文字の検査 (pure): what no name, title or login can hold, and what looks like a letter lost on the way."""

import re

from minamo.interop.roster.profile import LENGTHS, NAMES

UNSEEN = re.compile("[\t\r\n\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]")
LOST = re.compile("[?〓\ue000-\uf8ff]")
MAIL = re.compile(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+")
TYPED = frozenset({"username", "email", "identifier"})  # people type these

Fault = tuple[str, str] | None


def text_fault(column: str, value: str) -> Fault:
    """Why this text cannot stand in this column."""
    if column not in LENGTHS:
        return None
    if UNSEEN.search(value):
        return ("unseen_character", "改行・タブや、見えない文字が入っています。")
    if "\ufffd" in value:
        return ("lost_character", "文字が失われています（U+FFFD）。もとの字で書き出してください。")
    if column in TYPED and value != value.strip(" \u3000"):
        return ("outer_space", "前後に空白があります。")
    if column == "username" and re.search(r"\s", value):
        return ("inner_space", "ログインIDに空白は使えません。")
    if column == "email" and not MAIL.fullmatch(value):
        return ("bad_mail", "メールアドレスの形ではありません。")
    return None


def text_doubt(column: str, value: str) -> Fault:
    """What a person should look at; the file may be taken in as it is."""
    if column in NAMES and LOST.search(value):
        return ("maybe_lost", "文字が失われているかもしれません（?・〓・外字）。もとの名簿と見くらべてください。")
    return None
