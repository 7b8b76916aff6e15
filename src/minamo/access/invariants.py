"""What the walls of access control mean (規程の4章), as claims about every request. Written without looking at the rules."""

from typing import TYPE_CHECKING

from minamo.access.proof.invariant import Invariant, duty, wall

if TYPE_CHECKING:
    from minamo.access.proof.request import Request, Term

ACTIONS = {
    "own:keys": "自分の本人確認の鍵を見る・変える", "own:close": "自分のほかの端末を切る", "own:register": "端末を届け出る",
    "own:manage": "自分のアカウントと端末を管理する", "own:mark-learning": "この端末を学習用にする", "device:read": "端末の台帳を見る",
    "device:manage": "端末の紛失・隔離を登録する", "device:approve": "端末を承認する",
    "device:report": "管理ツールの報告を取り込む",
    "emergency:open": "緊急の閲覧を始める", "emergency:review": "緊急の閲覧を点検する",
    "explanation:read": "ほかの人に見える理由を確かめる",
}  # fmt: skip
RESOURCES = {
    "Own": "自分のアカウント",
    "Terminal": "台帳の端末",
    "Emergency": "緊急の閲覧",
    "Question": "見える理由の問い",
}
SECRET = ("class1", "class2")
ACTS = ("own:keys", "own:close", "own:register")


def own_act(r: "Request") -> "Term":
    """The own account of a member of staff, on any side, with a proof for this act that still counts."""
    return r.all(
        r.himself("account"), r.kind("staff"), r.side("school", "home", "learning"), r.number("act_proof_age") <= 10
    )


def device_shown(r: "Request") -> "Term":
    """A browser without a key, or one that has proved its key lately."""
    return r.any(
        r.circumstance("device", "none"),
        r.all(
            r.circumstance("device", "registered", "approved", "trusted"),
            r.number("device_proof_age") <= r.limit("device_proof_minutes"),
        ),
    )


INVARIANTS: list[Invariant] = [
    wall("access.same-municipality", "4.1", "誰であっても、何をするときも、ほかの自治体の情報には届かない",
         (), lambda r: r.in_municipality()),
    wall("access.learning-side", "4.2", "学習用の端末からは、児童生徒向けの画面のほかは何もできない",
         (), lambda r: r.implies(r.side("learning"), r.within("learner"))),
    wall("access.learning-side-staff", "4.2", "教職員であっても、学習用の端末から校務はできない",
         (), lambda r: r.implies(r.all(r.kind("staff", "system"), r.side("learning")), r.within("learner"))),
    wall("access.home-side", "4.3", "家庭の端末からは、保護者向けの画面のほかは何もできない",
         (), lambda r: r.implies(r.side("home"), r.within("family"))),
    wall("access.staff-at-home", "4.3", "教職員のアカウントは、家庭の端末では保護者向けの画面にも入れない（児童生徒向けでもある画面を除く）",
         (), lambda r: r.implies(r.all(r.kind("staff"), r.side("home")), r.within("learner"))),
    wall("access.school-work-on-school-side", "4.3", "教職員だけの仕事ができるのは、校務用の端末だけ",
         ("staff",), lambda r: r.any(r.side("school"), r.within("family", "learner"))),
    wall("access.guardian-family-only", "4.4", "保護者のアカウントは、どの端末でも保護者向けの画面のほかは何もできない",
         (), lambda r: r.implies(r.kind("guardian"), r.within("family"))),
    wall("access.guardian-own-child", "4.4", "保護者のアカウントは、学校が登録した自分の子どものほかの、どの子のことにも届かない",
         (), lambda r: r.implies(r.kind("guardian"), r.holds("children")) if r.has("pupil") else r.all()),
    wall("access.pupil-learner-only", "4.5", "児童生徒のアカウントは、どの端末でも自分の画面のほかは何もできない",
         (), lambda r: r.implies(r.kind("pupil"), r.within("learner"))),
    wall("access.own-account", "4.6", "アカウントと端末を管理できるのは本人（と運用の命令）だけ",
         ("own:manage",), lambda r: r.any(r.himself("account"), r.kind("system"))),
    wall("access.own-mark", "4.6", "端末を学習用に変えられるのは、それを使っている教職員本人（と運用の命令）だけ",
         ("own:mark-learning",), lambda r: r.any(r.all(r.kind("staff"), r.himself("account")), r.kind("system"))),
    wall("access.own-mark-person", "4.6", "端末を学習用に変えられるのは、自治体の定めた時間のうちに本人を確かめ直したときだけ",
         ("own:mark-learning",), lambda r: r.implies(r.kind("staff"), r.number("authentication_age") <= r.limit("reauth_minutes"))),
    wall("access.own-mark-device", "4.6", "承認された端末を学習用に変えられるのは、端末の証明が新しいときだけ",
         ("own:mark-learning",), lambda r: r.implies(
             r.all(r.kind("staff"), r.circumstance("device", "approved", "trusted")),
             r.number("device_proof_age") <= r.limit("device_proof_minutes"))),
    wall("access.own-acts", "4.6", "本人確認の鍵、ほかの端末、端末の届出を扱えるのは、本人（と運用の命令）だけ",
         ACTS, lambda r: r.any(r.himself("account"), r.kind("system"))),
    wall("access.own-acts-proved", "4.6", "盗まれたサインインだけでは、本人確認の鍵、ほかの端末、端末の届出は扱えない：その操作のための確認が10分のうちにある",
         ACTS, lambda r: r.number("act_proof_age") <= 10),
    wall("access.own-acts-device", "4.6", "届け出た端末で鍵を変え、ほかの端末を切れるのは、端末の証明が新しいときだけ",
         ("own:keys", "own:close"), lambda r: r.implies(
             r.circumstance("device", "registered", "approved", "trusted"),
             r.number("device_proof_age") <= r.limit("device_proof_minutes"))),
    wall("access.own-keys-person", "4.6", "鍵を見る・変えられるのは、本人を確かめてから15分のうちだけ",
         ("own:keys",), lambda r: r.any(r.kind("system"), r.number("authentication_age") <= 15)),
    wall("access.system-in-its-municipality", "4.7", "運用の命令も、対象の自治体の外では何もできない",
         (), lambda r: r.implies(r.kind("system"), r.in_municipality())),
    wall("access.known-kinds", "4.15", "種類のわからないアカウントには、何も開かない",
         (), lambda r: r.kind("staff", "guardian", "pupil", "system")),
    wall("access.known-sides", "4.15", "区分のわからない端末には、何も開かない",
         (), lambda r: r.side("school", "home", "learning")),
    wall("access.lost-device", "4.8", "紛失した端末からは、誰も、何もできない",
         (), lambda r: r.no(r.circumstance("device", "lost"))),
    wall("access.quarantined-device", "4.8", "隔離中の端末からは、自分のアカウントの管理のほかは何もできない",
         (), lambda r: r.any(r.no(r.circumstance("device", "quarantined")), r.himself("account"), r.kind("system"))
         if r.action == "own:manage" else r.no(r.circumstance("device", "quarantined"))),
    wall("access.secret-known-device", "4.8", "教職員が重要性分類Ⅱ以上に触れるのは、台帳で承認された端末からだけ",
         SECRET, lambda r: r.implies(r.kind("staff"), r.circumstance("device", "approved", "trusted"))),
    wall("access.secret-two-factors", "4.9", "教職員が重要性分類Ⅱ以上に触れるのは、2つの要素で本人を確かめてからだけ",
         SECRET, lambda r: r.implies(r.kind("staff"), r.number("strength") >= 2)),
    wall("access.secret-device-proof", "4.8", "教職員が重要性分類Ⅱ以上に触れるのは、端末の証明が自治体の定めた時間より新しいときだけ",
         SECRET, lambda r: r.implies(r.kind("staff"), r.number("device_proof_age") <= r.limit("device_proof_minutes"))),
    wall("access.secret-device-proof-cap", "4.8", "自治体がどう定めても、端末の証明が15分より古ければ重要性分類Ⅱ以上には触れられない",
         SECRET, lambda r: r.implies(r.kind("staff"), r.number("device_proof_age") <= 15)),
    wall("access.class1-reauthentication", "4.10", "教職員が重要性分類Ⅰに触れるのは、自治体の定めた時間のうちに本人を確かめ直したときだけ",
         ("class1",), lambda r: r.implies(r.kind("staff"), r.number("authentication_age") <= r.limit("reauth_minutes"))),
    wall("access.class1-reauthentication-cap", "4.10", "自治体がどう定めても、本人確認から60分を超えたら重要性分類Ⅰには触れられない",
         ("class1",), lambda r: r.implies(r.kind("staff"), r.number("authentication_age") <= 60)),
    wall("access.secret-bad-posture", "4.11", "「要確認」と報告された端末から、教職員は重要性分類Ⅱ以上に触れられない",
         SECRET, lambda r: r.implies(r.kind("staff"), r.no(r.circumstance("posture", "bad")))),
    wall("access.devices-seen", "4.8", "端末の台帳を見て紛失を登録するのは、その学校の校長・教頭・情報担当と教育委員会だけ",
         ("device:read", "device:manage"), lambda r: r.by("heads", "technicians", "boards")),
    wall("access.devices-approved", "4.8", "端末を承認するのは、その学校の校長・教頭と教育委員会だけ",
         ("device:approve",), lambda r: r.by("heads", "boards")),
    wall("access.devices-reported", "4.11", "管理ツールの報告を取り込むのは、その学校の情報担当と教育委員会だけ",
         ("device:report",), lambda r: r.by("technicians", "boards")),
    wall("access.devices-not-own", "4.8", "自分が届け出た端末を、自分で承認することはできない",
         ("device:approve",), lambda r: r.implies(r.kind("staff"), r.no(r.himself("registrant")))),
    wall("access.emergency-open", "4.13", "緊急の閲覧を始められるのは、その子の学校の教職員だけ",
         ("emergency:open",), lambda r: r.by("serves")),
    wall("access.emergency-review", "4.13", "緊急の閲覧を点検するのは、その学校の校長・教頭と教育委員会だけ",
         ("emergency:review",), lambda r: r.by("heads", "boards")),
    wall("access.emergency-not-own", "4.13", "自分の緊急の閲覧を、自分で点検することはできない",
         ("emergency:review",), lambda r: r.implies(r.kind("staff"), r.no(r.himself("account")))),
    wall("access.explanation", "4.14", "ほかの人に見える理由を確かめるのは、その学校の校長・教頭と教育委員会だけ",
         ("explanation:read",), lambda r: r.by("heads", "boards")),
    duty("access.emergency-opened", "4.13", "教職員は、自校の子どもについて緊急の閲覧を始められる",
         ("emergency:open",), lambda r: r.staff("serves")),
    duty("access.emergency-reviewed", "4.13", "校長・教頭と教育委員会は、ほかの人の緊急の閲覧を点検できる",
         ("emergency:review",), lambda r: r.all(r.staff("heads", "boards"), r.no(r.himself("account")))),
    duty("access.explanation-read", "4.14", "校長・教頭は自校の、教育委員会は管内の記録について、見える理由を確かめられる",
         ("explanation:read",), lambda r: r.staff("heads", "boards")),
    duty("access.devices-worked", "4.8", "校長・教頭は自校の、教育委員会は管内の端末の台帳を見て、紛失を登録できる",
         ("device:read", "device:manage"), lambda r: r.staff("heads", "boards")),
    duty("access.devices-kept", "4.8", "情報担当は、自校の端末の台帳を見て、紛失と隔離を登録できる",
         ("device:read", "device:manage"), lambda r: r.staff("technicians")),
    duty("access.devices-reporting", "4.11", "情報担当は自校の、教育委員会は管内の端末について、管理ツールの報告を取り込める",
         ("device:report",), lambda r: r.staff("technicians", "boards")),
    duty("access.devices-approving", "4.8", "校長・教頭と教育委員会は、ほかの人が届け出た端末を承認できる",
         ("device:approve",), lambda r: r.all(r.staff("heads", "boards"), r.no(r.himself("registrant")))),
    duty("access.class1-within-the-limit", "4.10", "定めた時間のうちなら、本人確認をやり直さずに重要性分類Ⅰの仕事ができる",
         ("device:approve",), lambda r: r.all(
             r.staff("heads"), r.no(r.himself("registrant")), r.in_municipality(), r.side("school"), r.circumstance("device", "approved", "trusted"),
             r.circumstance("posture", "good", "unknown"), r.number("strength") >= 2,
             r.number("device_proof_age") <= r.limit("device_proof_minutes"),
             r.number("authentication_age") <= r.limit("reauth_minutes")), ordinary=False),
    duty("access.own-manage-quarantined", "4.8", "隔離中の端末からでも、自分のアカウントの管理（届出の取り消しなど）はできる",
         ("own:manage",), lambda r: r.all(r.himself("account"), r.kind("staff"), r.side("school"),
                                          r.circumstance("device", "quarantined")), ordinary=False),
    duty("access.devices-read-unreported", "4.11", "状態の報告がまだない端末からでも、校長・教頭は自校の端末の台帳を見られる",
         ("device:read",), lambda r: r.all(
             r.staff("heads"), r.in_municipality(), r.side("school"), r.circumstance("device", "approved", "trusted"),
             r.number("strength") >= 2, r.number("device_proof_age") <= r.limit("device_proof_minutes"),
             r.circumstance("posture", "unknown", "good")), ordinary=False),
    duty("access.own-manage", "4.6", "誰でも、自分の端末で自分のアカウントを管理できる",
         ("own:manage",), lambda r: r.himself("account")),
    duty("access.own-mark-fresh", "4.6", "本人を確かめた教職員は、届け出ていない端末も、証明の新しい承認された端末も、学習用に変えられる",
         ("own:mark-learning",), lambda r: r.all(
             r.himself("account"), r.kind("staff"), r.side("school"), r.number("authentication_age") <= r.limit("reauth_minutes"),
             r.any(r.circumstance("device", "none", "registered"),
                   r.all(r.circumstance("device", "approved", "trusted"),
                         r.number("device_proof_age") <= r.limit("device_proof_minutes")))), ordinary=False),
    duty("access.own-acts-open", "4.6", "誰でも、その操作のために確かめれば、自分の鍵を変え、ほかの端末を切り、端末を届け出られる",
         ACTS, lambda r: r.himself("account")),
    duty("access.own-keys-within", "4.6", "教職員は、どの区分の端末からも、定めた時間のうちに確かめていれば鍵を変えられる",
         ("own:keys",), lambda r: r.all(own_act(r), device_shown(r), r.number("authentication_age") <= 15), ordinary=False),
    duty("access.own-close-within", "4.6", "教職員は、本人を確かめてから時間がたっていても、その操作のための確認だけで、ほかの端末を切れる",
         ("own:close",), lambda r: r.all(own_act(r), device_shown(r)), ordinary=False),
    duty("access.own-register-within", "4.6", "端末の鍵をなくしていても、その操作のために本人を確かめれば、端末を届け出られる",
         ("own:register",), lambda r: r.all(own_act(r), r.circumstance("device", "none", "registered", "approved", "trusted")),
         ordinary=False),
    duty("access.own-manage-at-home", "4.6", "教職員は、家庭の端末からも自分のアカウントの管理はできる",
         ("own:manage",), lambda r: r.all(r.himself("account"), r.kind("staff"), r.side("home", "learning", "school"),
                                          r.circumstance("device", "none", "registered", "approved", "trusted")),
         ordinary=False),
    duty("access.system-works", "4.7", "運用の命令は、対象の自治体の中で仕事ができる",
         ("staff",), lambda r: r.kind("system")),
]  # fmt: skip
