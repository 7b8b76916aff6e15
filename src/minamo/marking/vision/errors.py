"""読めないページ: what can be wrong with a file, said with the page and with what to do."""


class PageError(Exception):
    """読めないページ. `page` counts from 1 (None = the whole file); `code` is for programs, the message for teachers."""

    code = "unreadable"
    words = "読み取れません。別の形式で保存しなおして、もう一度選んでください。"

    def __init__(self, name: str, page: int | None = None, detail: str = "") -> None:
        self.name, self.page = name, page
        where = f"{name} の{page}ページ目" if page else name
        super().__init__(f"{where}：{detail or self.words}")

    def __reduce__(self) -> tuple[object, ...]:
        return _again, (type(self), self.name, self.page, str(self))


def _again(kind: type[PageError], name: str, page: int | None, message: str) -> PageError:
    """An error that crossed from another process, message and all."""
    error = kind(name, page)
    error.args = (message,)
    return error


class EncryptedFile(PageError):
    """鍵のかかったPDF."""

    code = "encrypted"
    words = "パスワードがかかっています。パスワードを外して保存しなおしてください。"


class BrokenFile(PageError):
    """壊れたファイル, or one page of it."""

    code = "broken"
    words = "ファイルが壊れているか、途中で切れています。もう一度スキャンしてください。"


class UnknownFormat(PageError):
    """扱えない形式."""

    code = "unknown_format"
    words = "この形式は扱えません。PDF・JPEG・PNG・TIFF・HEIC で保存してください。"


class TooManyPages(PageError):
    """ページが多すぎる."""

    code = "too_many_pages"
    words = "ページが多すぎます。クラスごとに分けて取り込んでください。"


class TooSmall(PageError):
    """小さすぎる画像."""

    code = "too_small"
    words = "画像が小さすぎます。200 dpi 以上でスキャンしてください。"


class TooLarge(PageError):
    """大きすぎる画像."""

    code = "too_large"
    words = "画像が大きすぎます。400 dpi 以下でスキャンしてください。"
