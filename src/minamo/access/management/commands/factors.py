"""`bin/minamo factors`: what to do when somebody has lost the phone or the key that was the second factor."""

from typing import Any

from django.core.management.base import CommandError, CommandParser

from minamo.access.actions.signin import remove_keys, reseal_factors
from minamo.access.actor import system_actor
from minamo.access.management.towns import town_with
from minamo.access.queries import account_in, keys_of
from minamo.access.scope import system_scope
from minamo.kernel import clock
from minamo.kernel.commands import MinamoCommand

WORDS = {"totp": "認証アプリ", "webauthn": "パスキー・鍵", "recovery_codes": "回復コード"}


class Command(MinamoCommand):
    """二つめの要素（運用）."""

    help = (
        "パスキー・認証アプリ・回復コードを見せ（show）、みな失くした人のものを外します（remove。本人に会って確かめてから）。"
        "reseal は、全員のものをいちばん新しい MINAMO_SECRET_KEY で書き直します（古い鍵を外す前に）。"
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """One person of one municipality; `reseal` everybody's."""
        parser.add_argument("verb", choices=("show", "remove", "reseal"), metavar="show|remove|reseal")
        parser.add_argument("--municipality", metavar="CODE", help="自治体コード（6けた。show と remove）")
        parser.add_argument("--login", metavar="ID", help="ログインID（show と remove）")

    def handle(self, *_: Any, **options: Any) -> None:
        """Show what there is, take it away (a row in the trail says that the operator did it), or write all anew."""
        if options["verb"] == "reseal":
            self._reseal()
            return
        if not (options["municipality"] and options["login"]):
            raise CommandError("--municipality（自治体コード）と --login（ログインID）で、ひとりを指してください。")
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

    def _reseal(self) -> None:
        done = reseal_factors()
        self.stdout.write(
            f"いちばん新しい鍵で書き直しました：{done.anew}件。はじめからその鍵のもの：{done.already}件。"
        )
        if done.shut:
            logins = "、".join(sorted(set(done.shut)))
            raise CommandError(
                f"{len(done.shut)}件は、いまのどの鍵でも開きません（{logins}）。その鍵を MINAMO_SECRET_KEY のうしろに戻してやり直すか、"
                "factors remove で外して、本人に新しいものを用意してもらってください。"
            )

    def _words(self, kinds: list[str]) -> str:
        return "・".join(WORDS.get(kind, kind) for kind in kinds) or "二つめの要素はありません"
