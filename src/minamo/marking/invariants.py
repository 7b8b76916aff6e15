"""What the chapter on tests means (規程の11章), as claims about every request."""

from minamo.access.api import Invariant, duty, wall

ACTIONS = {
    "result:settle": "テスト結果を確定する", "result:change": "テストの配点を変える", "result:read": "テスト結果を見る", "result:release": "テストを返却する",
    "result:answer": "見直しに答える", "paper:read": "返却されたテストを見る", "paper:review": "採点の見直しを頼む",
    "assessment:create": "テストを作る", "assessment:read": "テストの用紙と正答を見る", "assessment:edit": "テストの設定を変える",
    "sitting:open": "学級のテストを始める", "sitting:manage": "答案を読み取り、だれの答案かを決める", "sitting:mark": "答案を採点する",
    "keeping:town": "答案の画像の保管日数を自治体で決める", "keeping:school": "答案の画像の保管日数を学校で決める", "sitting:erase": "答案の画像を早めに削除する",
}  # fmt: skip
RESOURCES = {
    "Result": "テスト結果",
    "ResultPaper": "返却されたテスト",
    "Assessment": "テスト",
    "Sitting": "学級のテスト",
}
MARKERS = ("homerooms", "teaches", "heads")
READERS = (*MARKERS, "coordinators")  # 教務主任 reads results and sheets; marks and settings are not that post's
LEADERS = ("heads", "coordinators")

INVARIANTS: list[Invariant] = [
    wall("marking.settle", "11.1", "テスト結果を確定し、配点を変えるのは、学級の担任・担当と、その学校の校長・教頭だけ",
         ("result:settle", "result:change"), lambda r: r.by(*MARKERS)),
    wall("marking.read", "11.2", "テスト結果を見るのは、学級の担任・担当と、その学校の校長・教頭・教務主任だけ（教育委員会も見られない）",
         ("result:read",), lambda r: r.by(*READERS)),
    wall("marking.release", "11.3", "返却と見直しへの返事は、学級の担任・担当と、その学校の校長・教頭だけ",
         ("result:release", "result:answer"), lambda r: r.by(*MARKERS)),
    wall("marking.paper", "11.4", "返却されたテストを見て見直しを頼むのは、本人とその保護者だけ",
         ("paper:read", "paper:review"),
         lambda r: r.any(r.parent(), r.all(r.kind("pupil"), r.holds("selves")))),
    wall("marking.restricted", "11.4", "つながりを切られた保護者は、その子のテストを見られない",
         ("paper:read", "paper:review"), lambda r: r.implies(r.kind("guardian"), r.holds("children"))),
    duty("marking.settled", "11.1", "担任・担当・校長・教頭は、テスト結果を確定し、配点を変えられる",
         ("result:settle", "result:change"), lambda r: r.staff(*MARKERS)),
    duty("marking.shown", "11.2", "担任・担当・校長・教頭・教務主任は、テスト結果を見られる",
         ("result:read",), lambda r: r.staff(*READERS)),
    duty("marking.released", "11.3", "担任・担当・校長・教頭は、返却と見直しへの返事ができる",
         ("result:release", "result:answer"), lambda r: r.staff(*MARKERS)),
    duty("marking.paper-family", "11.4", "保護者は、自分の子どもの返却されたテストを見て、見直しを頼める",
         ("paper:read", "paper:review"), lambda r: r.parent()),
    duty("marking.paper-own", "11.4", "児童生徒は、自分の返却されたテストを見られる",
         ("paper:read", "paper:review"), lambda r: r.all(r.kind("pupil"), r.holds("selves"))),
    wall("marking.assessment", "11.5", "テストを見たり変えたりするのは、その学校の教職員と校長・教頭・教務主任だけ（教育委員会も見られない）",
         ("assessment:create", "assessment:read", "assessment:edit"), lambda r: r.by("serves", *LEADERS)),
    wall("marking.assessment-own", "11.5", "共有していないテストの用紙と正答を見るのは、作った先生と校長・教頭・教務主任だけ",
         ("assessment:read",), lambda r: r.any(r.by(*LEADERS), r.himself("author"), r.attribute("audience", "school"))),
    wall("marking.assessment-edit", "11.5", "テストの設定を変えるのは、作った先生と校長・教頭だけ",
         ("assessment:edit",), lambda r: r.any(r.by("heads"), r.himself("author"))),
    wall("marking.sitting", "11.6", "答案を読み取り、だれの答案かを決めるのは、学級の担任・担当と、その学校の校長・教頭だけ",
         ("sitting:open", "sitting:manage"), lambda r: r.by(*MARKERS)),
    wall("marking.sitting-mark", "11.7", "採点できるのは、学級の担任・担当、校長・教頭と、分けて採点するときの自校の教職員だけ",
         ("sitting:mark",), lambda r: r.any(r.by(*MARKERS), r.all(r.staff("serves"), r.attribute("audience", "school")))),
    duty("marking.assessment-made", "11.5", "教職員は、自校のテストを作れる", ("assessment:create",), lambda r: r.staff("serves")),
    duty("marking.assessment-author", "11.5", "作った先生と校長・教頭は、テストの設定を見て変えられる",
         ("assessment:read", "assessment:edit"),
         lambda r: r.any(r.staff("heads"), r.all(r.staff("serves"), r.himself("author")))),
    duty("marking.assessment-seen", "11.5", "教務主任は、自校のテストの用紙と正答を見られる", ("assessment:read",),
         lambda r: r.staff("coordinators")),
    duty("marking.assessment-shared", "11.5", "共有したテストは、自校の教職員が見られる", ("assessment:read",),
         lambda r: r.all(r.staff("serves"), r.attribute("audience", "school"))),
    duty("marking.sitting-own", "11.6", "担任・担当・校長・教頭は、学級のテストを始め、読み取り、採点できる",
         ("sitting:open", "sitting:manage", "sitting:mark"), lambda r: r.staff(*MARKERS)),
    duty("marking.sitting-divided", "11.7", "分けて採点するテストは、自校の教職員が採点できる", ("sitting:mark",),
         lambda r: r.all(r.staff("serves"), r.attribute("audience", "school"))),
    wall("marking.keeping-town", "11.8", "自治体の保管日数を決めるのは、教育委員会だけ", ("keeping:town",), lambda r: r.by("boards")),
    wall("marking.keeping-school", "11.8", "学校の保管日数を決め、答案の画像を早めに削除するのは、その学校の校長・教頭だけ",
         ("keeping:school", "sitting:erase"), lambda r: r.by("heads")),
    duty("marking.keeping-town-set", "11.8", "教育委員会は、自治体の保管日数を決められる", ("keeping:town",), lambda r: r.staff("boards")),
    duty("marking.keeping-school-set", "11.8", "校長・教頭は、学校の保管日数を決め、答案の画像を早めに削除できる",
         ("keeping:school", "sitting:erase"), lambda r: r.staff("heads")),
]  # fmt: skip
