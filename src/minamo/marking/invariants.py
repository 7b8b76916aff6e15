"""What the chapter on tests means (規程の11章), as claims about every request."""

from minamo.access.api import Invariant, duty, wall

ACTIONS = {
    "result:settle": "テスト結果を確定する", "result:change": "テストの配点を変える", "result:read": "テスト結果を見る", "result:release": "テストを返却する",
    "result:answer": "見直しに答える", "paper:read": "返却されたテストを見る", "paper:review": "採点の見直しを頼む",
}  # fmt: skip
RESOURCES = {"Result": "テスト結果", "ResultPaper": "返却されたテスト"}
SETTLERS = ("homerooms", "teaches", "heads", "coordinators")
RELEASERS = ("homerooms", "teaches", "heads")

INVARIANTS: list[Invariant] = [
    wall("marking.settle", "11.1", "テスト結果を確定し、配点を変えるのは、学級の担任・担当と、その学校の校長・教頭・教務主任だけ",
         ("result:settle", "result:change"), lambda r: r.by(*SETTLERS)),
    wall("marking.read", "11.2", "テスト結果を見るのは、学級の担任・担当と、その学校の校長・教頭・教務主任だけ（教育委員会も見られない）",
         ("result:read",), lambda r: r.by(*SETTLERS)),
    wall("marking.release", "11.3", "返却と見直しへの返事は、学級の担任・担当と、その学校の校長・教頭だけ",
         ("result:release", "result:answer"), lambda r: r.by(*RELEASERS)),
    wall("marking.paper", "11.4", "返却されたテストを見て見直しを頼むのは、本人とその保護者だけ",
         ("paper:read", "paper:review"),
         lambda r: r.any(r.parent(), r.all(r.kind("pupil"), r.holds("selves")))),
    wall("marking.restricted", "11.4", "つながりを切られた保護者は、その子のテストを見られない",
         ("paper:read", "paper:review"), lambda r: r.implies(r.kind("guardian"), r.holds("children"))),
    duty("marking.settled", "11.1", "担任・担当・校長・教頭・教務主任は、テスト結果を確定し、配点を変えられる",
         ("result:settle", "result:change"), lambda r: r.staff(*SETTLERS)),
    duty("marking.shown", "11.2", "担任・担当・校長・教頭・教務主任は、テスト結果を見られる",
         ("result:read",), lambda r: r.staff(*SETTLERS)),
    duty("marking.released", "11.3", "担任・担当・校長・教頭は、返却と見直しへの返事ができる",
         ("result:release", "result:answer"), lambda r: r.staff(*RELEASERS)),
    duty("marking.paper-family", "11.4", "保護者は、自分の子どもの返却されたテストを見て、見直しを頼める",
         ("paper:read", "paper:review"), lambda r: r.parent()),
    duty("marking.paper-own", "11.4", "児童生徒は、自分の返却されたテストを見られる",
         ("paper:read", "paper:review"), lambda r: r.all(r.kind("pupil"), r.holds("selves"))),
]  # fmt: skip
