"""What the chapter on pupils and families means (規程の6章), as claims about every request."""

from typing import Any

from minamo.access.api import Invariant, duty, wall

ACTIONS = {
    "pupil:read": "学籍を見る", "pupil:contacts": "保護者と連絡先を見る", "pupil:protected": "秘匿した住所を見る",
    "pupil:restrict": "支援措置や知らせない保護者を登録する", "pupil:edit": "学籍を訂正する", "pupil:export": "名簿を書き出す", "pupil:family": "保護者として子どもの情報を見る",
    "pupil:self": "自分の情報を見る", "class:read": "学級を見る", "class:manage": "学級編制を変える",
    "staff:read": "教職員の氏名を見る", "people:list": "名簿を開く", "people:enrol": "転入学・転学を登録する",
    "people:invite": "保護者の登録コードを発行する",
}  # fmt: skip
RESOURCES = {"Pupil": "児童生徒", "SchoolClass": "学級", "StaffMember": "教職員", "FormerPupil": "転出した児童生徒"}
CHILD = (
    "pupil:read",
    "pupil:contacts",
    "pupil:protected",
    "pupil:restrict",
    "pupil:edit",
    "pupil:export",
    "pupil:family",
    "pupil:self",
)
OFFICERS = ("heads", "coordinators", "clerks")


def urgent(r: Any) -> Any:
    """緊急の閲覧: the person has opened this very child, and serves the child's school (規程4.13)."""
    return r.all(r.circumstance("purpose", "emergency"), r.holds("emergencies"), r.staff("serves"))


# Who may by an exception that ends by itself (規程10.7): one relation per kind of exception, opened by the room `policy`.
ROLL, CONTACTS = "roll_exceptions", "contacts_exceptions"


INVARIANTS: list[Invariant] = [
    wall("people.read", "6.1", "学籍を見るのは、その子の学校の教職員と教育委員会だけ（期限つきの例外を除く）",
         ("pupil:read",), lambda r: r.by("serves", "boards", ROLL)),
    wall("people.class-read", "6.1", "学級を見るのは、その学校の教職員と教育委員会だけ（期限つきの例外を除く）",
         ("class:read",), lambda r: r.by("serves", "boards", ROLL)),
    wall("people.list", "6.1", "名簿を開くのは、その学校の教職員と教育委員会だけ（期限つきの例外を除く）",
         ("people:list",), lambda r: r.by("serves", "boards", ROLL)),
    wall("people.contacts", "6.2", "連絡先を見るのは、担任と、その学校の校長・教頭・教務主任・養護教諭・事務職員だけ（緊急の閲覧と期限つきの例外を除く）",
         ("pupil:contacts",), lambda r: r.any(
             r.by("homerooms", "heads", "coordinators", "nurses", "clerks", CONTACTS), urgent(r))),
    wall("people.contacts-nurse-elsewhere", "6.2", "ほかの学校の養護教諭は、連絡先を見られない",
         ("pupil:contacts",), lambda r: r.no(r.all(r.kind("staff"), r.no(urgent(r)), r.no(
             r.any_post("homerooms", "heads", "coordinators", "nurses", "clerks", CONTACTS))))),
    wall("people.contacts-not-board", "6.2", "教育委員会の職だけでは、連絡先を見られない",
         ("pupil:contacts",), lambda r: r.implies(r.only_post("boards"), r.kind("system"))),
    wall("people.contacts-not-any-teacher", "6.2", "その学校の教職員というだけでは、連絡先を見られない",
         ("pupil:contacts",), lambda r: r.implies(r.only_post("serves"), r.kind("system"))),
    wall("people.protected", "6.3", "秘匿した住所を見るのは、その学校の校長・教頭だけ（教育委員会も、緊急の閲覧でも見られない）",
         ("pupil:protected",), lambda r: r.by("heads")),
    wall("people.restrict", "6.3", "支援措置や知らせない保護者を登録するのは、その学校の校長・教頭だけ（緊急の閲覧でもできない）",
         ("pupil:restrict",), lambda r: r.by("heads")),
    wall("people.edit", "6.4", "学籍を訂正するのは、その学校の校長・教頭・教務主任・事務職員だけ",
         ("pupil:edit",), lambda r: r.by(*OFFICERS)),
    wall("people.enrol", "6.4", "転入学・転学を登録するのは、その学校の校長・教頭・教務主任・事務職員だけ",
         ("people:enrol",), lambda r: r.by(*OFFICERS)),
    wall("people.class-manage", "6.4", "学級編制を変えるのは、その学校の校長・教頭・教務主任だけ",
         ("class:manage",), lambda r: r.by("heads", "coordinators")),
    wall("people.export", "6.5", "名簿を書き出すのは、担任（自分の学級）と、その学校の校長・教頭・教務主任・事務職員だけ",
         ("pupil:export",), lambda r: r.by("homerooms", *OFFICERS)),
    wall("people.family", "6.6", "保護者の画面に出るのは、学校が登録した自分の子どもだけ",
         ("pupil:family",), lambda r: r.holds("children")),
    wall("people.restricted", "6.6", "つながりを切られた保護者（接触の制限など）は、その子の何も見られない",
         CHILD, lambda r: r.implies(r.kind("guardian"), r.holds("children"))),
    wall("people.self", "6.7", "児童生徒の画面に出るのは、本人だけ",
         ("pupil:self",), lambda r: r.holds("selves")),
    wall("people.pupil-only-self", "6.7", "児童生徒のアカウントは、ほかの子の何も見られない",
         CHILD, lambda r: r.implies(r.kind("pupil"), r.holds("selves"))),
    wall("people.invite", "6.8", "登録コードを発行するのは、その学校の校長・教頭・教務主任・事務職員だけ",
         ("people:invite",), lambda r: r.by(*OFFICERS)),
    wall("people.staff-names", "5.2", "教職員の氏名を見るのは、同じ自治体の教職員だけ",
         ("staff:read",), lambda r: r.all(r.kind("staff", "system"), r.in_municipality())),
    duty("people.read-own", "6.1", "教職員は自校の、教育委員会は管内の学籍・学級・名簿を見られる",
         ("pupil:read", "class:read", "people:list"), lambda r: r.staff("serves", "boards")),
    duty("people.contacts-own", "6.2", "担任・校長・教頭・教務主任・養護教諭・事務職員は、連絡先を見られる",
         ("pupil:contacts",), lambda r: r.staff("homerooms", "heads", "coordinators", "nurses", "clerks")),
    duty("people.protected-own", "6.3", "校長・教頭は、秘匿した住所を見られる",
         ("pupil:protected",), lambda r: r.staff("heads")),
    duty("people.restrict-own", "6.3", "校長・教頭は、支援措置や知らせない保護者を登録できる",
         ("pupil:restrict",), lambda r: r.staff("heads")),
    duty("people.emergency", "4.13", "緊急の閲覧を始めた教職員は、自校のその子の連絡先を見られる",
         ("pupil:contacts",), lambda r: r.all(
             urgent(r), r.in_municipality(), r.side("school"), r.circumstance("device", "approved", "trusted"),
             r.circumstance("posture", "good", "unknown"),
             r.number("strength") >= 2, r.number("device_proof_age") == 0, r.number("authentication_age") == 0),
         ordinary=False),
    duty("people.edit-own", "6.4", "校長・教頭・教務主任・事務職員は、自校の学籍を訂正し、転入学などを登録できる",
         ("pupil:edit", "people:enrol"), lambda r: r.staff(*OFFICERS)),
    duty("people.class-own", "6.4", "校長・教頭・教務主任は、自校の学級編制を変えられる",
         ("class:manage",), lambda r: r.staff("heads", "coordinators")),
    duty("people.export-own", "6.5", "担任は自分の学級の、校長・教頭・教務主任・事務職員は自校の名簿を書き出せる",
         ("pupil:export",), lambda r: r.staff("homerooms", *OFFICERS)),
    duty("people.family-own", "6.6", "保護者は、自分の子どもの情報を家庭で見られる",
         ("pupil:family",), lambda r: r.parent()),
    duty("people.self-own", "6.7", "児童生徒は、自分の情報を学習用の端末で見られる",
         ("pupil:self",), lambda r: r.all(r.kind("pupil"), r.holds("selves"))),
    duty("people.invite-own", "6.8", "校長・教頭・教務主任・事務職員は、自校の登録コードを発行できる",
         ("people:invite",), lambda r: r.staff(*OFFICERS)),
    duty("people.staff-names-own", "5.2", "教職員は、同じ自治体の教職員の氏名を見られる",
         ("staff:read",), lambda r: r.kind("staff")),
]  # fmt: skip
