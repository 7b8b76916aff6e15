"""Second factors at rest, and how passwords are kept."""

import base64
import hmac
import re
import time
from collections.abc import Callable
from typing import Any

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret, validate_totp_code
from cryptography.fernet import InvalidToken
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection
from django.test import Client

from minamo.access.mfa import PREFIX, MfaAdapter
from minamo.access.models import Account, Device
from minamo.access.scope import set_scope
from tests.fixtures.world import World


@pytest.mark.django_db
def test_a_totp_secret_is_not_in_the_database(world: World) -> None:
    account = Account.objects.get(login_id="a1-homeroom")
    secret = generate_totp_secret()
    TOTP.activate(account, secret)
    stored = str(Authenticator.objects.get(user=account).data)
    assert secret not in stored and PREFIX in stored


@pytest.mark.django_db
def test_neither_is_the_seed_of_the_recovery_codes(world: World) -> None:
    account = Account.objects.get(login_id="a1-homeroom")
    codes = RecoveryCodes.activate(account).get_unused_codes()
    stored = Authenticator.objects.get(user=account, type=Authenticator.Type.RECOVERY_CODES).data
    assert len(codes) == 10 and not [code for code in codes if code in str(stored)]
    assert str(stored["seed"]).startswith(PREFIX)
    assert len(MfaAdapter().decrypt(stored["seed"])) * 4 >= 160  # hexadecimal digits


def test_what_was_stored_is_read_back_and_altered_text_is_refused() -> None:
    adapter = MfaAdapter()
    kept = adapter.encrypt("JBSWY3DP")
    assert adapter.decrypt(kept) == "JBSWY3DP" and adapter.decrypt("OLDPLAIN") == "OLDPLAIN"
    with pytest.raises(InvalidToken):
        adapter.decrypt(kept[:-4] + "AAAA")


def test_second_factors_outlive_a_change_of_the_servers_secret(settings: Any) -> None:
    adapter, former = MfaAdapter(), settings.SECRET_KEY
    kept = adapter.encrypt("JBSWY3DP")
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "another" * 8, [former]
    assert adapter.decrypt(kept) == "JBSWY3DP"
    fresh = adapter.encrypt("JBSWY3DP")
    settings.SECRET_KEY_FALLBACKS = []
    assert adapter.decrypt(fresh) == "JBSWY3DP", "written again it needs the former one no more"
    with pytest.raises(InvalidToken):
        adapter.decrypt(kept)


def command(capsys: Any, verb: str, login: str, town: str = "990011") -> str:
    call_command("factors", verb, "--municipality", town, "--login", login)
    return str(capsys.readouterr().out)


def test_a_lost_second_factor_is_taken_away_by_the_operator(
    world: World, client_for: Callable[..., Client], capsys: Any
) -> None:
    head, other = client_for("a1-head"), client_for("a1-homeroom")
    account = Account.objects.get(login_id="a1-head")
    TOTP.activate(account, generate_totp_secret())
    Authenticator.objects.create(user=account, type="recovery_codes", data={"seed": "x"})
    TOTP.activate(Account.objects.get(login_id="a1-homeroom"), generate_totp_secret())
    assert "認証アプリ" in command(capsys, "show", "a1-head")
    assert head.get("/").status_code == 200
    said = command(capsys, "remove", "a1-head")
    assert "回復コード・認証アプリ" in said and "サインインと鍵" in said
    assert set(Authenticator.objects.values_list("user__login_id", flat=True)) == {"a1-homeroom"}
    assert not Device.objects.filter(account=account, signed_out_at=None).exists()
    assert (head.get("/").status_code, other.get("/").status_code) == (302, 200)
    set_scope(municipalities=[world.municipality("A")], side="school")
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT actor_kind, municipality_id, detail->'removed' FROM audit_entry WHERE action = 'own:keys'"
        )
        assert cursor.fetchall() == [("system", world.municipality("A"), '["recovery_codes", "totp"]')]
    assert "二つめの要素はありません" in command(capsys, "show", "a1-head")


@pytest.mark.parametrize(("login", "town"), [("a1-head", "990022"), ("nobody", "990011"), ("a1-head", "123456")])
def test_only_of_the_municipality_that_was_named(world: World, db: None, capsys: Any, login: str, town: str) -> None:
    TOTP.activate(Account.objects.get(login_id="a1-head"), generate_totp_secret())
    for verb in ("show", "remove"):
        with pytest.raises(CommandError):
            command(capsys, verb, login, town)
    assert Authenticator.objects.count() == 1


def test_all_factors_are_written_under_the_newest_secret(world: World, db: None, settings: Any, capsys: Any) -> None:
    former, head, teacher = settings.SECRET_KEY, *Account.objects.filter(login_id__in=("a1-head", "a1-homeroom"))
    secret = generate_totp_secret()
    TOTP.activate(head, secret)
    codes = RecoveryCodes.activate(head).get_unused_codes()
    Authenticator.objects.create(user=teacher, type="recovery_codes", data={"migrated_codes": ["11111111", "22222222"]})
    Authenticator.objects.create(user=teacher, type="webauthn", data={"name": "鍵", "credential": {}})
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "another" * 8, [former]
    TOTP.activate(teacher, generate_totp_secret())

    call_command("factors", "reseal")
    assert "書き直しました：3件。はじめからその鍵のもの：2件" in capsys.readouterr().out
    settings.SECRET_KEY_FALLBACKS = []
    kept = {(one.user.login_id, one.type): one for one in Authenticator.objects.select_related("user")}
    assert MfaAdapter().decrypt(kept["a1-head", "totp"].data["secret"]) == secret
    assert RecoveryCodes(kept["a1-head", "recovery_codes"]).get_unused_codes() == codes
    written = kept["a1-homeroom", "recovery_codes"].data["migrated_codes"]
    assert [MfaAdapter().decrypt(text) for text in written] == ["11111111", "22222222"]
    assert all(text.startswith(PREFIX) for text in written)
    assert kept["a1-homeroom", "webauthn"].data == {"name": "鍵", "credential": {}}
    call_command("factors", "reseal")
    assert "書き直しました：0件。はじめからその鍵のもの：5件" in capsys.readouterr().out


def test_what_no_secret_opens_is_named_and_left(world: World, db: None, settings: Any, capsys: Any) -> None:
    for login in ("a1-head", "a1-homeroom"):
        TOTP.activate(Account.objects.get(login_id=login), generate_totp_secret())
    lost = Authenticator.objects.get(user__login_id="a1-head")
    lost.data = {"secret": MfaAdapter().encrypt("JBSWY3DP")[:-4] + "AAAA"}
    lost.save()
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "another" * 8, [settings.SECRET_KEY]
    with pytest.raises(CommandError, match="1件は、いまのどの鍵でも開きません（a1-head）"):
        call_command("factors", "reseal")
    assert "書き直しました：1件" in capsys.readouterr().out
    lost.refresh_from_db()
    assert lost.data["secret"].endswith("AAAA")


@pytest.mark.parametrize("given", [(), ("--login", "a1-head"), ("--municipality", "990011")])
def test_one_person_has_to_be_named(given: tuple[str, ...]) -> None:
    for verb in ("show", "remove"):
        with pytest.raises(CommandError, match="ひとりを指して"):
            call_command("factors", verb, *given)


def code_at(secret: str, moment: float) -> str:
    """RFC 6238 with steps of 30 seconds and six digits, worked out here and not by the library under test."""
    step = int(moment) // 30
    told = hmac.digest(base64.b32decode(secret + "=" * (-len(secret) % 8)), step.to_bytes(8, "big"), "sha1")
    at = told[-1] & 15
    return f"{(int.from_bytes(told[at : at + 4], 'big') & 0x7FFF_FFFF) % 1_000_000:06d}"


def test_a_code_of_the_app_holds_for_thirty_seconds() -> None:
    assert code_at(base64.b32encode(b"12345678901234567890").decode(), 59) == "287082"  # the table of RFC 6238
    secret, now = generate_totp_secret(), time.time()
    with time_machine.travel(now, tick=False):
        assert validate_totp_code(secret, code_at(secret, now))
        for seconds in (-600, -120, -60, 60, 120, 600):
            assert not validate_totp_code(secret, code_at(secret, now + seconds)), seconds


@pytest.mark.django_db
def test_recovery_codes_have_eight_digits(world: World) -> None:
    codes = RecoveryCodes.activate(Account.objects.get(login_id="a1-homeroom")).get_unused_codes()
    assert len(set(codes)) == 10 and all(re.fullmatch(r"[0-9]{8}", code) for code in codes)


@pytest.mark.django_db
def test_a_password_is_kept_by_scrypt(world: World) -> None:
    account = Account(login_id="new", kind="staff", label="new")
    account.set_password("correct horse battery")
    assert account.password.startswith("scrypt$")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("kinds", "asked"),
    [(("totp",), "認証アプリの6けたの数字を"), (("totp", "recovery_codes"), "認証アプリの6けたの数字か、回復コードを"),
     (("webauthn",), ""), (("webauthn", "recovery_codes"), "回復コードを")],
)  # fmt: skip
def test_the_second_step_asks_for_what_the_account_has(
    world: World, monkeypatch: pytest.MonkeyPatch, kinds: tuple[str, ...], asked: str
) -> None:
    monkeypatch.setattr("allauth.mfa.webauthn.internal.auth.get_credentials", lambda user: [])  # the rows hold no key
    account = Account.objects.get(login_id="a1-head")
    account.set_password("みなも-to-clear-water")
    account.save()
    for kind in kinds:
        Authenticator.objects.create(user=account, type=kind, data={"secret": "x", "seed": "x"})
    browser = Client()
    sent = browser.post("/accounts/login/", {"login": "a1-head", "password": "みなも-to-clear-water"})
    page = browser.get(sent["Location"]).content.decode()
    assert ("セキュリティキーを使う" in page) is ("webauthn" in kinds)
    assert (f"{asked}入れてください" in page) is bool(asked) is ('name="code"' in page)
    assert ("回復コード" in page) is ("recovery_codes" in kinds)
