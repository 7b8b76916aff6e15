"""What the clauses on the policy itself mean (規程の10章), as claims about every request."""

from typing import Any

from minamo.access.api import Invariant, duty, wall

ACTIONS = {
    "policy:read": "規程を読む", "policy:acknowledge": "規程を確認する", "policy:draft": "改正を起案する", "policy:revise": "改正の案を直す",
    "policy:approve": "改正を承認する", "policy:activate": "版を施行する・戻す", "acknowledgement:school": "自校の確認の状況を見る・知らせる",
    "acknowledgement:town": "管内の確認の状況を見る・知らせる", "asset:list": "情報資産の台帳を見る", "asset:read": "情報資産の扱い方を見る",
    "asset:edit": "情報資産を書く・確認する", "asset:refresh": "台帳に載せ直す", "exception:request": "例外を願い出る", "exception:read": "例外を見る",
    "exception:grant": "例外を認める", "exception:revoke": "例外を取り消す",
    "outside:edit": "外部サービスの台帳を書く", "incident:report": "事故を知らせる", "incident:read": "事故の記録を見る",
    "incident:manage": "事故の対応を書く", "incident:affected": "影響を受けた人の一覧を見る", "inspection:school": "自校の自己点検に答える", "inspection:town": "全体の自己点検に答える",
}  # fmt: skip
RESOURCES = {"PolicyRevision": "規程の改正", "Asset": "情報資産", "Incident": "事故", "ExceptionGrant": "例外"}

DAILY = ("policy:read", "policy:acknowledge", "incident:report")
LIFELINE = ("policy:draft", "policy:revise", "policy:activate")


def _staff_here(r: Any) -> Any:
    return r.all(r.kind("staff"), r.in_municipality())


def _staff_or_system(r: Any) -> Any:
    return r.any(_staff_here(r), r.kind("system"))


def _own_exception(r: Any) -> Any:
    return r.any(r.himself("requester"), r.himself("person"))


INVARIANTS: list[Invariant] = [
    wall("policy.read", "10.1", "規程を見るのは、その自治体の教職員だけ（公開の画面を除く）", ("policy:read",), _staff_or_system),
    duty("policy.read-own", "10.1", "教職員は、自分の自治体の規程を読める", ("policy:read",), _staff_here),
    wall("policy.draft", "10.2", "改正を起案し、案を直すのは、その自治体の教育委員会だけ",
         ("policy:draft", "policy:revise"), lambda r: r.by("boards")),
    duty("policy.draft-own", "10.2", "教育委員会は、自分の自治体の規程の改正を起案し、案を直せる",
         ("policy:draft", "policy:revise"), lambda r: r.staff("boards")),
    wall("policy.second-person", "10.3", "案を起こした人、直した人、審査に出した人は、その改正を承認できない",
         ("policy:approve",), lambda r: r.implies(r.kind("staff"), r.no(r.among("hands")))),
    wall("policy.approve", "10.3", "改正を承認するのは、その自治体の教育委員会だけ", ("policy:approve",), lambda r: r.by("boards")),
    duty("policy.approve-own", "10.3", "案に手を入れていない教育委員会の職員は、改正を承認できる",
         ("policy:approve",), lambda r: r.all(r.staff("boards"), r.no(r.among("hands")))),
    wall("policy.activate", "10.4", "版を施行し、戻すのは、その自治体の教育委員会だけ", ("policy:activate",), lambda r: r.by("boards")),
    duty("policy.activate-own", "10.4", "教育委員会は、自分の自治体の版を施行し、戻せる",
         ("policy:activate",), lambda r: r.staff("boards")),
    duty("policy.board-lifeline", "10.4", "教育委員会は、上乗せがあっても、規程の改正を起こし、直し、版を施行し、戻せる",
         LIFELINE, lambda r: r.staff("boards")),
    wall("policy.acknowledge", "10.5", "規程を読んで確認するのは、その自治体の教職員だけ", ("policy:acknowledge",), _staff_or_system),
    duty("policy.acknowledge-own", "10.5", "教職員は、自分の自治体の規程を確認できる", ("policy:acknowledge",), _staff_here),
    duty("policy.staff-daily", "10.5", "教職員は、どんな日も、自分の自治体の規程を読み、確認し、事故を知らせられる",
         DAILY, _staff_here),
    wall("policy.acknowledged-school", "10.5", "学校の確認の状況を見て知らせるのは、その学校の校長・教頭と教育委員会だけ",
         ("acknowledgement:school",), lambda r: r.by("heads", "boards")),
    duty("policy.acknowledged-school-own", "10.5", "校長・教頭は自校の、教育委員会は管内の学校の確認の状況を見て、知らせられる",
         ("acknowledgement:school",), lambda r: r.staff("heads", "boards")),
    wall("policy.acknowledged-town", "10.5", "管内の確認の状況を見て知らせるのは、その自治体の教育委員会だけ",
         ("acknowledgement:town",), lambda r: r.by("boards")),
    duty("policy.acknowledged-town-own", "10.5", "教育委員会は、管内の確認の状況を見て、知らせられる",
         ("acknowledgement:town",), lambda r: r.staff("boards")),
    wall("policy.assets", "10.6", "情報資産の台帳を見るのは、その自治体の教職員だけ", ("asset:list", "asset:read"), _staff_or_system),
    duty("policy.assets-shown", "10.6", "教職員は、自分の自治体の情報資産の台帳と扱い方を見られる",
         ("asset:list", "asset:read"), _staff_here),
    wall("policy.asset-edit", "10.6", "情報資産を書き、確認するのは、その学校の校長・教頭と教育委員会だけ",
         ("asset:edit",), lambda r: r.by("heads", "boards")),
    duty("policy.asset-edited", "10.6", "校長・教頭は自校の、教育委員会は管内の情報資産を書き、確認できる",
         ("asset:edit",), lambda r: r.staff("heads", "boards")),
    wall("policy.asset-refresh", "10.6", "校務支援システムの中の情報の扱い方を定めるのは、教育委員会だけ",
         ("asset:refresh",), lambda r: r.by("boards")),
    duty("policy.asset-refreshed", "10.6", "教育委員会は、校務支援システムの中の情報の扱い方を定められる",
         ("asset:refresh",), lambda r: r.staff("boards")),
    wall("policy.exception-ask", "10.7", "例外を願い出て、取り消すのは、その学校の校長・教頭と教育委員会だけ",
         ("exception:request", "exception:revoke"), lambda r: r.by("heads", "boards")),
    duty("policy.exception-asked", "10.7", "校長・教頭は自校の、教育委員会は管内の例外を願い出て、取り消せる",
         ("exception:request", "exception:revoke"), lambda r: r.staff("heads", "boards")),
    wall("policy.exception-read", "10.7", "例外を見るのは、本人、願い出た人、その学校の校長・教頭、教育委員会だけ",
         ("exception:read",), lambda r: r.any(r.by("heads", "boards"), r.himself("requester"), r.himself("person"))),
    duty("policy.exception-read-own", "10.7", "本人と願い出た教職員は、その例外を見られる",
         ("exception:read",), lambda r: r.any(r.staff("heads", "boards"), r.all(
             _staff_here(r), r.any(r.himself("requester"), r.himself("person"))))),
    wall("policy.exception-grant", "10.7", "例外を認めるのは、その自治体の教育委員会だけ",
         ("exception:grant",), lambda r: r.by("boards")),
    wall("policy.exception-second-person", "10.7", "自分が願い出た例外と自分のための例外は、自分では認められない",
         ("exception:grant",), lambda r: r.implies(r.kind("staff"), r.no(_own_exception(r)))),
    duty("policy.exception-granted", "10.7", "願い出た人でも本人でもない教育委員会の職員は、例外を認められる",
         ("exception:grant",), lambda r: r.all(r.staff("boards"), r.no(_own_exception(r)))),
    duty("policy.excepted-roll", "10.7", "例外を認められた教職員は、その期間、決められた学校の学籍と名簿を見られる",
         ("pupil:read", "class:read", "people:list"), lambda r: r.staff("roll_exceptions")),
    duty("policy.excepted-contacts", "10.7", "例外を認められた教職員は、その期間、決められた学級の連絡先を見られる",
         ("pupil:contacts",), lambda r: r.staff("contacts_exceptions")),
    duty("policy.excepted-register", "10.7", "例外を認められた教職員は、その期間、決められた学級の出席簿を見て、出欠を記録できる",
         ("register:read", "register:mark"), lambda r: r.staff("register_exceptions")),
    wall("policy.outside", "10.8", "外部サービスと委託先の台帳を書くのは、その自治体の教育委員会だけ",
         ("outside:edit",), lambda r: r.by("boards")),
    duty("policy.outside-own", "10.8", "教育委員会は、外部サービスと委託先の台帳を書ける",
         ("outside:edit",), lambda r: r.staff("boards")),
    wall("policy.incident-report", "10.9", "事故を知らせるのは、その自治体の教職員だけ", ("incident:report",), _staff_or_system),
    duty("policy.incident-reported", "10.9", "教職員は、だれでも、自分の自治体の事故を知らせられる",
         ("incident:report",), _staff_here),
    wall("policy.incident-read", "10.10", "事故の記録を見るのは、知らせた本人と、その学校の校長・教頭、教育委員会だけ",
         ("incident:read",), lambda r: r.any(r.by("heads", "boards"), r.himself("reporter"))),
    wall("policy.incident-manage", "10.10", "事故の対応を書くのは、その学校の校長・教頭と教育委員会だけ",
         ("incident:manage",), lambda r: r.by("heads", "boards")),
    duty("policy.incident-managed", "10.10", "校長・教頭は自校の、教育委員会は管内の事故の対応を書ける",
         ("incident:manage",), lambda r: r.staff("heads", "boards")),
    wall("policy.incident-affected", "10.10", "影響を受けた人の一覧を見るのは、その学校の校長・教頭と教育委員会だけ",
         ("incident:affected",), lambda r: r.by("heads", "boards")),
    duty("policy.incident-affected-read", "10.10", "校長・教頭は自校の、教育委員会は管内の事故で影響を受けた人の一覧を見られる",
         ("incident:affected",), lambda r: r.staff("heads", "boards")),
    duty("policy.incident-read-own", "10.10", "知らせた教職員は、自分の知らせた事故の記録を見られる",
         ("incident:read",), lambda r: r.any(r.staff("heads", "boards"), r.all(_staff_here(r), r.himself("reporter")))),
    wall("policy.inspection-school", "10.11", "学校の自己点検に答えるのは、その学校の校長・教頭と教育委員会だけ",
         ("inspection:school",), lambda r: r.by("heads", "boards")),
    duty("policy.inspection-school-own", "10.11", "校長・教頭は自校の、教育委員会は管内の学校の自己点検に答えられる",
         ("inspection:school",), lambda r: r.staff("heads", "boards")),
    wall("policy.inspection-town", "10.11", "全体の自己点検に答え、監査を残すのは、その自治体の教育委員会だけ",
         ("inspection:town",), lambda r: r.by("boards")),
    duty("policy.inspection-town-own", "10.11", "教育委員会は、全体の自己点検に答え、監査を残せる",
         ("inspection:town",), lambda r: r.staff("boards")),
]  # fmt: skip
