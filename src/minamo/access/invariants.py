"""What the walls of access control mean (規程の4章), as claims about every request. Written without looking at the rules."""

from minamo.access.proof.invariant import Invariant, duty, wall

ACTIONS = {"own:manage": "自分のアカウントと端末を管理する"}
RESOURCES = {"Own": "自分のアカウント"}

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
    wall("access.pupil-learner-only", "4.5", "児童生徒のアカウントは、どの端末でも自分の画面のほかは何もできない",
         (), lambda r: r.implies(r.kind("pupil"), r.within("learner"))),
    wall("access.own-account", "4.6", "アカウントと端末を管理できるのは本人（と運用の命令）だけ",
         ("own:manage",), lambda r: r.any(r.himself("account"), r.kind("system"))),
    wall("access.system-in-its-municipality", "4.7", "運用の命令も、対象の自治体の外では何もできない",
         (), lambda r: r.implies(r.kind("system"), r.in_municipality())),
    wall("access.known-kinds", "4.15", "種類のわからないアカウントには、何も開かない",
         (), lambda r: r.kind("staff", "guardian", "pupil", "system")),
    wall("access.known-sides", "4.15", "区分のわからない端末には、何も開かない",
         (), lambda r: r.side("school", "home", "learning")),
    duty("access.own-manage", "4.6", "誰でも、自分の端末で自分のアカウントを管理できる",
         ("own:manage",), lambda r: r.himself("account")),
    duty("access.own-manage-at-home", "4.6", "教職員は、家庭の端末からも自分のアカウントの管理はできる",
         ("own:manage",), lambda r: r.all(r.himself("account"), r.kind("staff"), r.side("home", "learning", "school"),
                                          r.circumstance("device", "none", "registered", "approved", "trusted")),
         ordinary=False),
    duty("access.system-works", "4.7", "運用の命令は、対象の自治体の中で仕事ができる",
         ("staff",), lambda r: r.kind("system")),
]  # fmt: skip
