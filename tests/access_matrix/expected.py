"""Who may use which route, written by hand from the town's rules and independent of the policy engine.

Every declared route and method has a line; a route without one fails the matrix. All requests are about the same things:
municipality A, school a1, class a1-1, the pupil 花 (hana) and one notice about her.
"""

from tests.fixtures.world import CONDITIONS, DISABLED, STAFF, SUBJECTS

EVERYBODY = frozenset(SUBJECTS)
ANONYMOUS = frozenset({"anonymous", "disabled-head"})
SIGNED_IN = EVERYBODY - ANONYMOUS - {"a1-head-lost"}
NOBODY: frozenset[str] = frozenset()
# Members of the staff on a family's or a pupil's device: what would list nothing there says so instead.
ELSEWHERE = frozenset({"a1-homeroom-learning", "a1-head-learning", "a1-homeroom-home", "a-board-learning"})
HERE = SIGNED_IN - ELSEWHERE

# A head who proved himself 20 minutes ago may do what is not class I; one whose device or second factor is missing (or whose device is reported bad) may
# only do what is class III or IV (LIGHT); one on a quarantined device only what is his own.
STALE = frozenset({"a1-head-stale"})
LIGHT = frozenset({"a1-head-unknown-device", "a1-head-password-only", "a1-head-without-proof", "a1-head-bad-posture"})
HEADS = frozenset({"a1-head", "a1-vice"}) | STALE
OFFICERS = HEADS | {"a1-coordinator", "a1-clerk"}
SCHOOL = OFFICERS | {"a1-homeroom", "a1-homeroom2", "a1-teacher", "a1-ict", "a1-nurse", "a1-aide", "a12-nurse"}
BOARD = frozenset({"a-board"})
STAFF_A = SCHOOL | BOARD | LIGHT | {"a2-head", "a2-homeroom"}
NURSES = frozenset({"a1-nurse", "a12-nurse"})
EXPORTERS = OFFICERS | {"a1-homeroom", "a1-homeroom2"}
MARKERS = HEADS | NURSES | {"a1-coordinator", "a1-homeroom"}
# Guardians of 花 who are not shut out, on their own devices and on a school's device alike.
FAMILY = frozenset({"takahashi-mother", "takahashi-father", "guardian-on-school-device"})
PUPIL = frozenset({"pupil-hana", "pupil-on-school-device"})
# Who is answerable for a test of class a1-1.
RELEASERS = HEADS | {"a1-homeroom"}
GRADERS = RELEASERS
READERS = GRADERS | {"a1-coordinator"}  # of results and sheets
# Staff on their own side, with a proof of the person (and, on an approved device, of the device) that is fresh; the post matters not.
MARK_LEARNING = frozenset(
    name for name, (account, side) in SUBJECTS.items()
    if account in STAFF and side == "school" and name not in CONDITIONS and name not in DISABLED
) | {"a1-head-unknown-device", "a1-head-password-only", "a1-head-bad-posture"}  # fmt: skip
GUARDIANS = FAMILY | {"sato-mother", "sato-father", "shimizu-father"}

EXPECTED: dict[str, dict[str, frozenset[str]]] = {
    # one's own account; NOBODY where a copied session must do nothing: it wants a proof for exactly that act (access/tests/test_acts.py)
    "account_logout": {"POST": SIGNED_IN},
    "account_reauthenticate": {"GET": SIGNED_IN, "POST": SIGNED_IN},
    "account_email": {"GET": SIGNED_IN},
    "account_change_password": {"GET": NOBODY, "POST": NOBODY},
    "mfa_index": {"GET": SIGNED_IN},
    "mfa_reauthenticate": {"GET": SIGNED_IN, "POST": SIGNED_IN},
    "mfa_activate_totp": {"GET": NOBODY, "POST": NOBODY},
    "mfa_deactivate_totp": {"GET": NOBODY, "POST": NOBODY},
    "mfa_list_webauthn": {"GET": SIGNED_IN},
    "mfa_add_webauthn": {"GET": NOBODY, "POST": NOBODY},
    "mfa_reauthenticate_webauthn": {"GET": SIGNED_IN, "POST": SIGNED_IN},
    "mfa_remove_webauthn": {"GET": NOBODY, "POST": NOBODY},
    "mfa_edit_webauthn": {"GET": NOBODY, "POST": NOBODY},
    "mfa_view_recovery_codes": {"GET": NOBODY},
    "mfa_generate_recovery_codes": {"GET": NOBODY, "POST": NOBODY},
    "mfa_download_recovery_codes": {"GET": NOBODY},
    "access-security": {"GET": SIGNED_IN},
    "access-devices": {"GET": SIGNED_IN, "POST": NOBODY},
    "access-device-lost": {"GET": SIGNED_IN, "POST": NOBODY},
    "access-news-read": {"GET": SIGNED_IN, "POST": NOBODY},
    "access-device-signout": {"POST": NOBODY},
    "access-this-device": {"POST": MARK_LEARNING},
    "access-proof": {"GET": SIGNED_IN, "POST": SIGNED_IN},
    "access-continue": {"GET": SIGNED_IN},
    "access-registration": {"POST": NOBODY},
    "access-challenge": {"GET": SIGNED_IN},
    "access-watch": {"GET": SIGNED_IN},
    "access-waiting": {"GET": SIGNED_IN},
    "access-device-proof": {"POST": SIGNED_IN},
    # 端末の台帳
    "access-register-school": {"GET": HEADS | BOARD | {"a1-ict"}},
    "access-register-municipality": {"GET": BOARD},
    "access-reports-school": {"GET": BOARD | {"a1-ict"}, "POST": BOARD | {"a1-ict"}},
    "access-reports-list-school": {"GET": BOARD | {"a1-ict"}},
    "access-reports-municipality": {"GET": BOARD, "POST": BOARD},
    "access-reports-list-municipality": {"GET": BOARD},
    "access-terminal-approvals": {"POST": BOARD | {"a1-vice"}},
    "access-terminal-closures": {"POST": HEADS | BOARD | {"a1-ict"}},
    "access-terminal-certificate": {"POST": BOARD | {"a1-vice"}},
    "access-terminal-certificate-off": {"POST": HEADS | BOARD | {"a1-ict"}},
    "tenancy-technicians": {"GET": BOARD, "POST": BOARD},
    "access-why": {"GET": SIGNED_IN},
    # 緊急の閲覧
    "access-emergency": {"GET": SCHOOL, "POST": SCHOOL},
    "access-emergency-end": {"POST": SIGNED_IN},
    "access-emergencies": {"GET": HEADS | BOARD},
    "access-emergency-reviews": {"POST": HEADS | BOARD},
    "home": {"GET": SIGNED_IN},
    "home-settings": {"GET": SIGNED_IN, "POST": SIGNED_IN},
    # 学籍
    "people-pupils": {"GET": SCHOOL | BOARD | LIGHT},
    "people-pupil-rows": {"GET": SCHOOL | BOARD | LIGHT},
    "people-export-xlsx": {"GET": EXPORTERS},
    "people-export-csv": {"GET": EXPORTERS},
    "people-arrivals": {"GET": OFFICERS, "POST": OFFICERS},
    "people-classes": {"GET": SCHOOL | BOARD | LIGHT},
    "people-staff": {"GET": SCHOOL | BOARD | LIGHT},
    "people-invitations": {"GET": OFFICERS, "POST": OFFICERS},
    "people-pupil": {"GET": SCHOOL | BOARD | LIGHT},
    "people-visibility": {"GET": SCHOOL | BOARD | LIGHT},
    "people-pupil-edit": {"GET": OFFICERS, "POST": OFFICERS},
    "people-family": {"GET": OFFICERS, "POST": OFFICERS},
    "people-restrictions": {"POST": HEADS - STALE},
    "people-undoings": {"POST": OFFICERS},
    "people-leave": {"GET": OFFICERS, "POST": OFFICERS},
    "people-place": {"GET": OFFICERS, "POST": OFFICERS},
    "people-class": {"GET": SCHOOL | BOARD | LIGHT},
    "people-teachers": {"GET": HEADS | {"a1-coordinator"} | LIGHT, "POST": HEADS | {"a1-coordinator"} | LIGHT},
    "people-members": {"GET": HEADS | {"a1-coordinator"} | LIGHT, "POST": HEADS | {"a1-coordinator"} | LIGHT},
    # 教務
    "curriculum-calendar": {"GET": SCHOOL | BOARD | LIGHT, "POST": HEADS | {"a1-coordinator"} | LIGHT},
    # 出欠
    "attendance-notices": {"GET": HERE, "POST": SIGNED_IN},
    "attendance-notice-new": {"GET": HERE},
    "attendance-notice-sent": {"GET": SIGNED_IN},
    "attendance-notice-queue": {"GET": SIGNED_IN},
    "attendance-children": {"GET": HERE},
    "attendance-notice": {"GET": SCHOOL | FAMILY},
    "attendance-notice-corrections": {"POST": MARKERS | {"a1-clerk"} | FAMILY},
    "attendance-notice-withdrawal": {"POST": MARKERS | {"a1-clerk"} | FAMILY},
    "attendance-child": {"GET": FAMILY},
    "attendance-register": {"GET": SCHOOL | BOARD, "POST": MARKERS},
    "attendance-register-stream": {"GET": SCHOOL | BOARD},
    "attendance-register-day": {"GET": SCHOOL | BOARD, "POST": MARKERS},
    "attendance-register-row": {"GET": SCHOOL | BOARD},
    "attendance-month": {"GET": SCHOOL | BOARD, "POST": HEADS},
    "attendance-month-print": {"GET": SCHOOL | BOARD},
    "attendance-school-month": {"GET": SCHOOL | BOARD},
    "attendance-morning": {"GET": SCHOOL | BOARD},
    "attendance-morning-stream": {"GET": SCHOOL | BOARD},
    "attendance-calls": {"POST": SCHOOL},
    "attendance-phone-notices": {"GET": SCHOOL, "POST": SCHOOL},
    "attendance-board": {"GET": SCHOOL | BOARD},
    "attendance-closures": {
        "GET": HEADS | NURSES | {"a1-coordinator"} | LIGHT,
        "POST": HEADS | NURSES | {"a1-coordinator"} | LIGHT,
    },
    "attendance-codes": {"GET": BOARD, "POST": BOARD},
    # 学校の設定
    "tenancy-school": {"GET": HEADS | BOARD, "POST": HEADS | BOARD},
    # テスト
    "marking-results": {"GET": HERE},
    "marking-result-new": {"GET": GRADERS, "POST": GRADERS},
    "marking-points-table": {"GET": GRADERS},
    "marking-result": {"GET": READERS},
    "marking-result-book": {"GET": READERS},
    "marking-result-totals": {"GET": READERS},
    "marking-result-print": {"GET": READERS},
    "marking-result-advice": {"GET": READERS},
    "marking-result-comparison": {"GET": READERS},
    "marking-comparison-book": {"GET": READERS},
    "marking-comparison-print": {"GET": READERS},
    "marking-result-points": {"GET": GRADERS, "POST": GRADERS},
    "marking-result-releases": {"GET": RELEASERS, "POST": RELEASERS},
    "marking-result-withdrawals": {"POST": RELEASERS},
    "marking-review": {"GET": RELEASERS, "POST": RELEASERS},
    "marking-settlement": {"GET": GRADERS, "POST": GRADERS},
    "marking-erase": {"GET": HEADS, "POST": HEADS},
    "marking-result-undoing": {"POST": GRADERS},
    "marking-marked": {"GET": READERS, "POST": READERS},
    "marking-marked-file": {"GET": READERS},
    "marking-marked-paper": {"GET": READERS},
    "marking-result-picture": {"GET": READERS},
    "marking-paper-picture": {"GET": FAMILY | PUPIL},
    "marking-paper-pdf": {"GET": FAMILY | PUPIL},
    "marking-keeping-school": {"GET": HEADS, "POST": HEADS},
    "marking-keeping-town": {"GET": BOARD, "POST": BOARD},
    "marking-accuracy": {"GET": SCHOOL},
    "marking-accuracy-table": {"GET": SCHOOL},
    "marking-question": {"GET": GRADERS},
    "marking-answers": {"GET": GRADERS},
    "marking-state": {"GET": GRADERS},
    "marking-context": {"GET": GRADERS},
    "marking-strokes": {"POST": GRADERS},
    "marking-marks-stream": {"GET": GRADERS},
    "marking-progress": {"GET": GRADERS},
    "marking-claims": {"POST": GRADERS},
    "marking-groupings": {"POST": GRADERS},
    "marking-stamps": {"POST": GRADERS},
    "marking-seconds": {"POST": GRADERS},
    "marking-differences": {"GET": GRADERS, "POST": GRADERS},
    "marking-changes": {"GET": GRADERS, "POST": GRADERS},
    "marking-home": {"GET": HERE},
    "marking-assessment-new": {"GET": SCHOOL, "POST": SCHOOL},
    # the test of the matrix is its author's own; who is answerable for the class is answerable for it too
    "marking-assessment": {"GET": READERS, "POST": GRADERS},
    "marking-assessment-sheet": {"GET": READERS},
    "marking-drawings": {"POST": GRADERS},
    "marking-drawing": {"GET": READERS},
    "marking-editions": {"GET": READERS, "POST": GRADERS},
    "marking-assessment-details": {"POST": GRADERS},
    "marking-assessment-copies": {"POST": READERS},
    "marking-assessment-sharing": {"POST": GRADERS},
    "marking-assessment-shelf": {"POST": GRADERS},
    "marking-classes": {"GET": READERS},
    "marking-sitting-open": {"POST": GRADERS},
    "marking-sitting-day": {"POST": GRADERS},
    "marking-sitting-sheets": {"GET": GRADERS},
    "marking-sitting-drawing": {"GET": GRADERS},
    # 答案を読み取る
    "marking-sitting": {"GET": GRADERS},
    "marking-stream": {"GET": GRADERS},
    "marking-audience": {"POST": GRADERS},
    "marking-upload": {"GET": GRADERS, "POST": GRADERS},
    "marking-parts": {"POST": GRADERS},
    "marking-links": {"POST": GRADERS},
    "marking-tray": {"GET": GRADERS},
    "marking-aside": {"GET": GRADERS, "POST": GRADERS},
    "marking-together": {"GET": GRADERS, "POST": GRADERS},
    "marking-back": {"POST": GRADERS},
    "marking-check": {"GET": GRADERS, "POST": GRADERS},
    "marking-pile-stop": {"POST": GRADERS},
    "marking-pile-again": {"POST": GRADERS},
    "marking-pile-removal": {"GET": GRADERS, "POST": GRADERS},
    "marking-pile-backs": {"GET": GRADERS, "POST": GRADERS},
    "marking-pile-return": {"POST": GRADERS},
    "marking-picture": {"GET": GRADERS},
    "marking-corners": {"GET": GRADERS, "POST": GRADERS},
    "marking-page-back": {"POST": GRADERS},
    "marking-page-again": {"POST": GRADERS},
    "marking-page-copy": {"POST": GRADERS},
    "marking-page-behind": {"GET": GRADERS, "POST": GRADERS},
    "marking-page-move": {"GET": GRADERS, "POST": GRADERS},
    "marking-paper": {"GET": FAMILY | PUPIL},
    "marking-paper-reviews": {"POST": FAMILY | PUPIL},
    # 規程
    "policy-room": {"GET": STAFF_A},
    "policy-text": {"GET": STAFF_A},
    "policy-clause": {"GET": STAFF_A},
    "policy-editions": {"GET": STAFF_A},
    "policy-edition": {"GET": STAFF_A},
    "policy-zero-trust": {"GET": STAFF_A},
    "policy-reading": {"GET": STAFF_A, "POST": STAFF_A},
    "policy-acknowledged": {"GET": BOARD},
    "policy-acknowledged-school": {"GET": HEADS | BOARD | LIGHT},
    "policy-reminders": {"POST": BOARD},
    "policy-reminders-school": {"POST": HEADS | BOARD | LIGHT},
    "policy-revisions": {"GET": BOARD, "POST": BOARD},
    "policy-activation": {"GET": BOARD, "POST": BOARD},
    "policy-revision": {"GET": BOARD, "POST": BOARD},
    "policy-submission": {"POST": BOARD},
    "policy-approval": {"POST": BOARD},
    "policy-impact": {"GET": BOARD, "POST": BOARD},
    "policy-assets": {"GET": STAFF_A},
    "policy-assets-book": {"GET": STAFF_A},
    "policy-assets-print": {"GET": STAFF_A},
    "policy-asset-board-new": {"GET": BOARD, "POST": BOARD},
    "policy-asset-school-new": {"GET": HEADS | BOARD | LIGHT, "POST": HEADS | BOARD | LIGHT},
    "policy-asset-own": {"GET": STAFF_A, "POST": BOARD},
    "policy-asset": {"GET": STAFF_A, "POST": HEADS | BOARD | LIGHT},
    "policy-services": {"GET": STAFF_A},
    "policy-services-book": {"GET": STAFF_A},
    "policy-services-print": {"GET": STAFF_A},
    "policy-service-new": {"GET": BOARD, "POST": BOARD},
    "policy-service": {"GET": STAFF_A, "POST": BOARD},
    "policy-exceptions": {"GET": STAFF_A},
    "policy-exception-board-new": {"GET": BOARD, "POST": BOARD},
    "policy-exception-school-new": {"GET": HEADS | BOARD | LIGHT, "POST": HEADS | BOARD | LIGHT},
    "policy-exception": {"GET": HEADS | BOARD | LIGHT | {"a1-teacher"}},
    "policy-exception-decisions": {"POST": BOARD},
    "policy-exception-revocations": {"POST": HEADS | BOARD},
    "policy-inspections-town": {"GET": BOARD, "POST": BOARD},
    "policy-inspection-town": {"GET": BOARD, "POST": BOARD},
    "policy-inspection-record-town": {"GET": BOARD},
    "policy-inspections-school": {"GET": HEADS | BOARD | LIGHT, "POST": HEADS | BOARD | LIGHT},
    "policy-inspection-school": {"GET": HEADS | BOARD | LIGHT, "POST": HEADS | BOARD | LIGHT},
    "policy-inspection-record-school": {"GET": HEADS | BOARD | LIGHT},
    "policy-incidents": {"GET": STAFF_A, "POST": STAFF_A},
    "policy-waiting": {"GET": SIGNED_IN},
    "policy-incidents-waiting": {"GET": SIGNED_IN},
    "policy-incident": {"GET": HEADS | BOARD, "POST": HEADS | BOARD},
    "policy-incident-report": {"GET": HEADS | BOARD},
    "policy-affected": {"GET": HEADS | BOARD},
    "policy-affected-book": {"GET": HEADS | BOARD},
    "policy-affected-csv": {"GET": HEADS | BOARD},
    # 連携
    "interop-roster": {"GET": BOARD, "POST": BOARD},
    "interop-roster-posts": {"GET": BOARD, "POST": BOARD},
    "interop-roster-run": {"GET": BOARD},
    "interop-roster-apply": {"POST": BOARD},
    "interop-roster-dismiss": {"POST": BOARD},
    "interop-roster-problems": {"GET": BOARD},
    "interop-guardians": {"GET": OFFICERS | BOARD, "POST": OFFICERS | BOARD},
    "interop-guardians-tray": {"GET": OFFICERS | BOARD},
    "interop-guardians-decisions": {"POST": OFFICERS | BOARD},
    # 監査
    "audit-school": {"GET": HEADS | BOARD},
    "audit-school-export": {"GET": HEADS | BOARD},
    "audit-words": {"GET": HEADS - STALE},
    "audit-municipality": {"GET": BOARD},
    "audit-municipality-export": {"GET": BOARD},
    "audit-seal": {"GET": BOARD},
    "audit-seal-report": {"GET": BOARD},
}

# What anybody may ask for without a sign-in: nothing of a person stands there. A route is in one of the two tables, never in both.
PUBLIC = frozenset({
    "account_inactive", "account_login", "account_reset_password", "account_signup", "design-catalogue", "design-css", "design-js",
    "access-demo-signin", "home-manifest", "home-offline", "home-service-worker", "marking-send", "marking-send-parts", "mfa_authenticate",
    "mfa_login_webauthn", "people-join", "policy-public", "policy-public-edition", "policy-public-edition-pdf", "policy-public-pdf",
})  # fmt: skip
