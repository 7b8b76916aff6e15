"""What `bin/minamo audit …` does; each function returns the exit code."""

import dataclasses
import datetime as dt
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TextIO
from uuid import UUID

from minamo.access.api import Actor, account_in, system_actor, system_scope
from minamo.audit import notes, standing
from minamo.audit.actions import erase_private_text
from minamo.audit.exchange import accept, bundle, countersign
from minamo.audit.export import export
from minamo.audit.keys import KeyTrouble, rotate, seeds, signers
from minamo.audit.memory import MemoryTrouble
from minamo.audit.private import rotate_kek
from minamo.audit.publish import replace_lost
from minamo.audit.seal import logs, seal_all, towns
from minamo.audit.verify import Report, verify
from minamo.audit.witness import Outcome, name_of, witness_all
from minamo.kernel import clock
from minamo.kernel.commands import in_words
from minamo.kernel.schoolyear import JST

Options = Mapping[str, Any]


class Refused(Exception):
    """できない; the message is shown."""


def run(kind: str, options: Options, out: TextIO, err: TextIO) -> int:
    """Dispatch; what cannot be done is said on standard error."""
    try:
        return _KINDS[kind](options, out)
    except (Refused, KeyTrouble, MemoryTrouble, notes.NoteError) as error:
        err.write(f"{error}\n")
        return 1
    except (OSError, UnicodeDecodeError) as error:
        err.write(f"{in_words(error)}\n")
        return 1


def _seal(options: Options, out: TextIO) -> int:
    out.write(f"{seal_all()} 行に封をしました。\n")
    return 0


def _verify(options: Options, out: TextIO) -> int:
    known = [_kept(path) for path in options["known"]]
    pinned = [notes.VerifierKey.parse(text) for text in options["key"]]
    report = verify(only=municipality(options["municipality"]), pinned=pinned, known=known)
    if options["json"]:
        out.write(json.dumps(dataclasses.asdict(report) | {"ok": report.ok}, ensure_ascii=False) + "\n")
    else:
        _show(report, out)
    return 0 if report.ok else 1


def _kept(path: Path) -> notes.Checkpoint:
    """The checkpoint somebody kept in a file. Raises Refused with the name of the file."""
    try:
        return notes.read(path.read_text())[0]
    except (notes.NoteError, UnicodeDecodeError) as error:
        raise Refused(f"{path}：{in_words(error) if isinstance(error, UnicodeDecodeError) else error}") from error


def _show(report: Report, out: TextIO) -> None:
    for log in report.logs:
        out.write(
            f"{log.origin}　{log.size:,} 件　チェックポイント {log.checkpoints:,}　副署 {log.cosignatures:,}　控え {log.memories:,}"
            f"　鍵は{_PINS[log.pinned]}　根 {log.root[:16]}…\n"
        )
    _warn(report, out)
    for problem in report.problems:
        now = f"　いまの行：{standing.in_words(problem.standing)}" if problem.standing else ""
        out.write(f"× {problem.log}　{problem.text}{now}\n")
    if report.problem_count > len(report.problems):
        out.write(f"× ほかに {report.problem_count - len(report.problems):,} 件\n")
    if report.late_batches:
        out.write(
            f"！ 1時間よりも遅れて封をした行を含む束が {report.late_batches:,} あります（長い取り込みか、日付をさかのぼった行）\n"
        )
    out.write(
        f"まだ封のない行 {report.unsealed:,}" + (f"（{report.unsealed_since} から）" if report.unsealed else "") + "\n"
    )
    out.write(
        f"{report.rows:,} 行を確かめました。{'食い違いはありません。' if report.ok else f'食い違いが {report.problem_count:,} 件あります。'}\n"
    )


_PINS = {"given": "渡されたもの", "configured": "設定のもの", "": "固定されていません"}


def _warn(report: Report, out: TextIO) -> None:
    """What this verification could not rest on."""
    if any(not log.pinned for log in report.logs):
        out.write(
            "！！ 検証鍵が固定されていません。データベースを書き換えた人が自分の鍵で署名しなおしていても、分かりません。"
            "署名の秘密のある機械（worker）で確かめるか、紙で受け取った鍵を --key で渡してください。\n"
        )
    if any(not log.memories for log in report.logs):
        out.write("！！ 控え（var/witness）のない木があります。worker と同じ var で確かめてください。\n")
    if others := sum(log.unpinned_cosignatures for log in report.logs):
        out.write(
            f"！ 検証鍵を固定していない立ち会いの副署が {others:,} あります（数えていません。--key で渡せます）\n"
        )


def municipality(code: str | None) -> UUID | None:
    """The municipality of a code; None for none given. Raises Refused when there is no such code."""
    if code is None:
        return None
    for key, (known, _) in towns().items():
        if known == code:
            return key
    raise Refused(f"自治体コード {code} はありません。")


def _export(options: Options, out: TextIO) -> int:
    if options["begin"] > options["end"]:
        raise Refused(f"--from（{options['begin']}）が --to（{options['end']}）よりあとです。何も書き出していません。")
    begin = dt.datetime.combine(options["begin"], dt.time(), JST)
    end = dt.datetime.combine(options["end"] + dt.timedelta(days=1), dt.time(), JST)
    written = export(begin=begin, end=end, out=options["out"], only=municipality(options["municipality"]))
    for one in written:
        out.write(f"{one.folder}　{one.rows:,} 行\n")
    if not written:
        out.write("その期間に、封をした行はありません。\n")
        return 0
    out.write("いまある行をそのまま写しました。変えられていないことは、次の命令で確かめます：\n")
    out.write("python tools/audit_verify.py フォルダー …\n")
    return 0


def _witness(options: Options, out: TextIO) -> int:
    return _told(witness_all(), out)


def _told(outcomes: list[Outcome], out: TextIO) -> int:
    for one in outcomes:
        out.write(f"{'×' if one.refused else '○'} {one.witness} → {one.origin}（{one.size:,}件）{one.refused}\n")
    out.write(f"副署 {sum(not one.refused for one in outcomes)} ／ 断り {sum(bool(one.refused) for one in outcomes)}\n")
    return 1 if any(one.refused for one in outcomes) else 0


def _checkpoint(options: Options, out: TextIO) -> int:
    options["out"].write_text(bundle())
    out.write(f"{options['out']} を、立ち会う自治体に渡してください。\n")
    return 0


def _countersign(options: Options, out: TextIO) -> int:
    town = municipality(options["municipality"])
    log = next((log for log in logs() if log.municipality_id == town), None)
    if log is None:
        raise Refused("この自治体には、まだ封をした記録がありません。")
    answer, outcomes = countersign(options["file"].read_text(), log)
    options["out"].write_text(answer)
    out.write(f"検証鍵（相手に紙か電話で伝える）：{json.loads(answer)['key']}\n")
    return _told(outcomes, out)


def _keys(options: Options, out: TextIO) -> int:
    """Verifier keys made from the secrets, not read from the database: what an auditor pins."""
    town = municipality(options["municipality"])
    for log in logs():
        if options["municipality"] is None or log.municipality_id == town:
            for purpose, name in (("audit", log.origin), ("witness", name_of(log.origin))):
                for signer in signers(purpose, name, make=False)[:1]:
                    out.write(f"{signer.verifier}\n")
    if not seeds("audit", make=False):
        raise Refused("署名の秘密がここにはありません。worker の機械で実行してください。")
    return 0


def _accept(options: Options, out: TextIO) -> int:
    pinned = [notes.VerifierKey.parse(text) for text in options["key"]]
    out.write(f"副署を {accept(options['file'].read_text(), pinned)} 件受け取りました。\n")
    return 0


def _of_the_town(login: str, town: UUID, actor: Actor) -> UUID:
    """A member of the staff by login ID."""
    account = account_in(town, login, actor.today)
    if account is None or account.kind != "staff" or not account.is_active:
        raise Refused(f"この自治体に、ログインID {login} の教職員はいません。何も消していません。")
    return UUID(str(account.pk))


def _erase(options: Options, out: TextIO) -> int:
    town = municipality(options["municipality"])
    assert town is not None
    with system_scope(town):
        now = clock.now()
        actor = system_actor(town, now=now, today=now.astimezone(JST).date())
        two = [_of_the_town(login, town, actor) for login in dict.fromkeys(options["confirmed"])]
        if len(two) != 2:
            raise Refused("確かめた二人は、別の人にしてください。何も消していません。")
        destroyed = erase_private_text(actor=actor, pupil=options["pupil"], municipality=town, confirmed=two)
    out.write(
        "鍵を消しました。この児童生徒の秘匿した内容は、もう読めません。\n" if destroyed else "鍵はありませんでした。\n"
    )
    out.write("控えや古いログに残る鍵も使えなくするには：bin/minamo audit rotate pupil\n")
    return 0


def _rotate(options: Options, out: TextIO) -> int:
    if options["purpose"] == "pupil":
        out.write(f"児童生徒の鍵 {rotate_kek():,} 個を新しい鍵で包みなおし、以前の鍵を消しました。\n")
        return 0
    if options["lost"]:
        out.write(
            f"{replace_lost(options['purpose'])} 個の鍵を、前の鍵の署名なしで公表しました。検証では「鍵のつながり」の食い違いになります。\n"
        )
        return 0
    rotate(options["purpose"], forget=options["forget"])
    out.write(
        "鍵を替えました。worker が次の封で公表します。\n" if not options["forget"] else "以前の鍵を消しました。\n"
    )
    return 0


_KINDS: dict[str, Callable[[Options, TextIO], int]] = {
    "seal": _seal,
    "verify": _verify,
    "export": _export,
    "witness": _witness,
    "checkpoint": _checkpoint,
    "countersign": _countersign,
    "accept": _accept,
    "keys": _keys,
    "erase": _erase,
    "rotate": _rotate,
}
