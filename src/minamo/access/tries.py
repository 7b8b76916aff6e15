"""誤りの数え方 (tries): wrong codes and passwords count per account, in the database, so that every worker counts on one line.

Five wrong ones in a row close the door for a quarter of an hour, also to the right one, as django-axes does at the first
step. A code of the app works once. What was typed is kept nowhere.
"""

import datetime as dt
from collections.abc import Callable

from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from allauth.mfa.models import Authenticator
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.crypto import salted_hmac

from minamo.access.models import Account, Tries
from minamo.kernel import clock

WRONG = 5
PAUSE = dt.timedelta(minutes=15)
CLOSED = "続けて5回違ったので、15分のあいだ確かめられません。時間をおいて、もう一度入れてください。"
USED = "この番号は使い終わっています。認証アプリに次の番号が出てから、入れてください。"
CODE_LIFE = dt.timedelta(minutes=5)  # longer than any tolerance of a code of 30 seconds


def counted(account: Account, check: Callable[[], str]) -> str:
    """Run `check` as one try of `account`. Raises its ValidationError, counted; or, without running it, that of the pause."""
    with transaction.atomic():
        tries = _line_of(account)
        now = clock.now()
        if tries.wrong_at is None or now - tries.wrong_at >= PAUSE:
            tries.wrong = 0
        if tries.wrong >= WRONG:
            raise ValidationError(CLOSED)
        refused, answer = None, ""
        try:
            answer = check()
        except ValidationError as error:
            refused = error
        tries.wrong = 0 if refused is None else tries.wrong + 1
        tries.wrong_at = None if refused is None else now
        tries.save(update_fields=["wrong", "wrong_at"])
    if refused is not None:
        raise refused
    return answer


def spend(account: Account, code: str) -> None:
    """番号を使い終える: the same code of the app a second time is refused, on whichever worker it arrives."""
    tries = _line_of(account)
    now = clock.now()
    digest = salted_hmac("minamo.access.tries", f"{account.pk}:{code}", algorithm="sha256").hexdigest()
    if tries.spent == digest and tries.spent_at is not None and now - tries.spent_at < CODE_LIFE:
        raise ValidationError(USED)
    tries.spent, tries.spent_at = digest, now
    tries.save(update_fields=["spent", "spent_at"])


def _line_of(account: Account) -> Tries:
    Tries.objects.get_or_create(account=account)
    return Tries.objects.select_for_update().get(account=account)


class _Counted:
    """A form of allauth's whose code counts."""

    user: Account
    authenticator: Authenticator

    def clean_code(self) -> str:
        """The code when it is right, new and not one too many."""
        return counted(self.user, self._right_code)

    def _right_code(self) -> str:
        code: str = super().clean_code()  # type: ignore[misc]  # of the form it is mixed into
        if self.authenticator.type == Authenticator.Type.TOTP:
            spend(self.user, "".join(code.split()))
        return code


class CodeSignIn(_Counted, AuthenticateForm):  # type: ignore[misc]  # allauth is untyped
    """2つ目の確認: the code after the password."""


class CodeProof(_Counted, ReauthenticateForm):  # type: ignore[misc]  # allauth is untyped
    """もう一度の本人確認: the code again."""
