"""What the chapter on municipalities, schools and posts means (規程の5章), as claims about every request."""

from minamo.access.api import Invariant, duty, wall

ACTIONS = {
    "municipality:read": "自治体の名前を見る", "municipality:manage": "自治体の設定を変える", "school:read": "学校の名前を見る",
    "school:manage": "学校の設定を変える", "membership:read": "教職員の職を見る", "membership:manage": "発令を登録する",
}  # fmt: skip
RESOURCES = {"Municipality": "自治体", "School": "学校", "Membership": "教職員の職"}

INVARIANTS: list[Invariant] = [
    wall("tenancy.names-inside", "5.1", "自治体と学校の名前を見るのは、その自治体に関わりのある人だけ",
         ("municipality:read", "school:read"), lambda r: r.in_municipality()),
    wall("tenancy.posts-read", "5.2", "教職員の職を見るのは、その学校の教職員と教育委員会だけ",
         ("membership:read",), lambda r: r.by("serves", "boards")),
    wall("tenancy.posts-by-board", "5.2", "発令を登録するのは、その自治体の教育委員会だけ（校長も自分ではできない）",
         ("membership:manage",), lambda r: r.by("boards")),
    wall("tenancy.municipality-by-board", "5.3", "自治体の設定を変えるのは、その教育委員会だけ",
         ("municipality:manage",), lambda r: r.by("boards")),
    wall("tenancy.school-by-head", "5.3", "学校の設定を変えるのは、その学校の校長・教頭と教育委員会だけ",
         ("school:manage",), lambda r: r.by("heads", "boards")),
    duty("tenancy.names-for-all", "5.1", "関わりのある人は、誰でも自治体と学校の名前を見られる",
         ("municipality:read", "school:read"), lambda r: r.kind("staff", "guardian", "pupil")),
    duty("tenancy.posts-shown", "5.2", "教職員は自校の、教育委員会は管内の職を見られる",
         ("membership:read",), lambda r: r.staff("serves", "boards")),
    duty("tenancy.posts-registered", "5.2", "教育委員会は、管内の発令を登録できる",
         ("membership:manage",), lambda r: r.staff("boards")),
    duty("tenancy.settings-board", "5.3", "教育委員会は、管内の設定を変えられる",
         ("municipality:manage", "school:manage"), lambda r: r.staff("boards")),
    duty("tenancy.settings-head", "5.3", "校長・教頭は、自校の設定を変えられる",
         ("school:manage",), lambda r: r.staff("heads")),
]  # fmt: skip
