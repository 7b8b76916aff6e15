"""Second factors at rest, and how passwords are kept."""

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from cryptography.fernet import InvalidToken

from minamo.access.mfa import PREFIX, MfaAdapter
from minamo.access.models import Account
from tests.fixtures.world import World


@pytest.mark.django_db
def test_a_totp_secret_is_not_in_the_database(world: World) -> None:
    account = Account.objects.get(login_id="a1-homeroom")
    secret = generate_totp_secret()
    TOTP.activate(account, secret)
    stored = str(Authenticator.objects.get(user=account).data)
    assert secret not in stored and PREFIX in stored


def test_what_was_stored_is_read_back_and_altered_text_is_refused() -> None:
    adapter = MfaAdapter()
    kept = adapter.encrypt("JBSWY3DP")
    assert adapter.decrypt(kept) == "JBSWY3DP" and adapter.decrypt("OLDPLAIN") == "OLDPLAIN"
    with pytest.raises(InvalidToken):
        adapter.decrypt(kept[:-4] + "AAAA")


@pytest.mark.django_db
def test_a_password_is_kept_by_scrypt(world: World) -> None:
    account = Account(login_id="new", kind="staff", label="new")
    account.set_password("correct horse battery")
    assert account.password.startswith("scrypt$")
