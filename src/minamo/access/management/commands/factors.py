"""`bin/minamo factors`: what to do when somebody has lost the phone or the key that was the second factor."""

from typing import Any

from django.core.management.base import CommandError, CommandParser

from minamo.access.actions.signin import remove_keys
from minamo.access.actor import system_actor
from minamo.access.management.towns import town_with
from minamo.access.queries import account_in, keys_of
from minamo.access.scope import system_scope
from minamo.kernel import clock
from minamo.kernel.commands import MinamoCommand

WORDS = {"totp": "認証アプリ", "webauthn": "パスキー・鍵", "recovery_codes": "回復コード"}


class Command(MinamoCommand):
    """二つめの要素（運用）."""

    help = "パスキー・認証アプリ・回復コードを見せ（show）、みな失くした人のものを外します（remove。本人に会って確かめてから）。"

    def add_arguments(self, parser: CommandParser) -> None:
        """One person of one municipality."""
        parser.add_argument("verb", choices=("show", "remove"), metavar="show|remove")
        parser.add_argument("--municipality", required=True, metavar="CODE", help="自治体コード（6けた）")
        parser.add_argument("--login", required=True, metavar="ID", help="ログインID")

    def handle(self, *_: Any, **options: Any) -> None:
        """Show what there is, or take it away (a row in the trail says that the operator did it)."""
        town = town_with(options["municipality"])
        with system_scope(town):
            account = account_in(town, options["login"], clock.today())
            if account is None:
                raise CommandError("この自治体に、そのログインIDの人はいません。何も変えていません。")
            if options["verb"] == "show":
                kinds = sorted(kind for _, kind, _ in keys_of(account.pk))
                self.stdout.write(f"{account.login_id}　{self._words(kinds)}")
                return
            actor = system_actor(town, now=clock.now(), today=clock.today())
            removed = remove_keys(actor=actor, account=account, municipality=town)
        self.stdout.write(
            f"外しました：{self._words(removed)}。{account.login_id} のサインインは、すべて終わりました。\n"
            "本人がパスワードでサインインし、「サインインと鍵」で新しいものを用意すると、また使えます。"
        )

    def _words(self, kinds: list[str]) -> str:
        return "・".join(WORDS.get(kind, kind) for kind in kinds) or "二つめの要素はありません"
