"""気になる点: every code a row can carry, what it says to a person, and whether the row waits for a decision."""

from minamo.interop.guardians.columns import FIELDS, LONGEST

# code → (what it is, what to do, waits)
FLAGS: dict[str, tuple[str, str, bool]] = {
    "UNKNOWN_PUPIL": (
        "名簿にいない児童生徒です",
        "転入の手続きがまだなら、先に学籍へ登録してください。児童生徒は新しく作られません。",
        True,
    ),
    "DUPLICATE_ROW": ("まったく同じ行があります", "数えません。", False),
    "PUPIL_TWICE": (
        "同じ児童生徒の行が、上にもあります",
        "どちらが正しいか確かめて、違うほうは「取り込まない」にしてください。",
        True,
    ),
    "STUDENT_NO_BLANK": ("学籍番号が空です", "学年・組・番号・氏名・生年月日で決めました。", False),
    "SAME_NAME": ("同姓同名の児童生徒がいます", "学籍番号などで決めました。合っているか見てください。", False),
    "NAME_VARIANT": ("氏名の字が名簿とちがいます", "名簿の字は変えません。", False),
    "NAME_DIFFERS": ("氏名が名簿とちがいます", "行がずれていないか確かめてください。", True),
    "KANA_BLANK": ("ふりがなが空です", "名簿のふりがなはそのままです。", False),
    "GRADE_STALE": ("学年が名簿とちがいます", "名簿の学年が正しいものとします。", False),
    "DOB_MISMATCH": ("生年月日が名簿とちがいます", "名簿は変えません。どちらが正しいか確かめてください。", False),
    "DOB_INVALID": ("実在しない生年月日です", "名簿は変えません。", False),
    "DOB_EXCEL_SERIAL": ("生年月日がExcelの通し番号でした", "日付に読み替えました。", False),
    "DOB_ERA_OVERRUN": ("元号の終わりを過ぎた書き方です", "西暦に読み替えました。", False),
    "DOB_ERA_MISSING": ("生年月日に元号がありません", "名簿の生年月日から読み替えました。", False),
    "POSTAL_ZERO_LOST": ("郵便番号の先頭の0が消えています", "0を補いました。", False),
    "POSTAL_INVALID": ("郵便番号が読めません", "取り込みません。", False),
    "PHONE_ZERO_LOST": ("電話番号の先頭の0が消えているようです", "0を補った番号でよいか確かめてください。", True),
    "PHONE_INVALID": ("電話番号が読めません", "正しい番号を入れてください。", True),
    "MAIL_NONRFC": ("古い携帯のメールアドレスの形です", "届くか確かめてください。", True),
    "MAIL_INVALID": (
        "メールアドレスの形が正しくありません",
        "メールのほかは取り込みました。正しいものを入れてください。",
        False,
    ),
    "MAIL_FULLWIDTH": ("メールアドレスが全角でした", "半角にしました。", False),
    "MAIL_SHARED": ("保護者2人が同じメールアドレスです", "2人目のメールは空にして取り込みました。", False),
    "NO_CONTACT": ("保護者1の連絡先がひとつもありません", "電話かメールを入れてください。", True),
    "RELATION_BLANK": ("続柄が空です", "続柄を入れてください。", True),
    "FAMILY_NAME_DIFFERS": ("保護者の姓が児童生徒とちがいます", "そのまま取り込みました。", False),
    "SIBLING_CONFLICT": ("きょうだいの行と電話番号がちがいます", "正しいほうを選んでください。", True),
    "TOO_LONG": ("長すぎて入りません", "短くしてください（住所は200文字、氏名は100文字、続柄は20文字まで）。", True),
    "SHIFTED": ("表の外に文字があります", "列がずれていないか、もとの一覧で確かめてください。", True),
    "NO_GUARDIAN": ("保護者の氏名がありません", "氏名を入れるか、この行を「取り込まない」にしてください。", True),
    "EXCEL_ERROR": ("Excelのエラー（#N/A など）が入っています", "もとの値を入れるか、空にしてください。", True),
    "INVISIBLE": ("見えない文字が入っていました", "除きました。", False),
    "TRIM": ("前後に空白がありました", "除きました。", False),
    "MULTILINE_NOTE": ("備考に改行があります", "そのまま取り込みました。", False),
    "FORMULA_TEXT": ("数式のように見える文字です", "文字として取り込みました。", False),
    "CHAR_LOST": ("文字が失われています（?・〓）", "もとの字を入れてください。名簿の氏名は変えません。", True),
    "ADDRESS_PROTECTED": (
        "支援措置の記載があります",
        "住所を秘匿します（見られるのは校長だけ）。電話は、連絡する先生に見えます。もう一方の保護者に知らせない登録と合わせて、校長に確かめてください。",
        False,
    ),
    "GUARDIAN_NOT_PERSON": ("保護者が施設・法人です", "一覧や通知に施設の名前は出ません。", False),
    "LIST_GONE": (
        "もとの一覧を開けません",
        "同じ一覧をもう一度取り込んで、新しい行で決めてください。この行は「取り込まない」で閉じられます。",
        True,
    ),
    "JOINT_CUSTODY_TWO_ADDRESSES": (
        "共同親権で、保護者の住所が2つあります",
        "保護者ごとに住所を持ち、互いには見せません。",
        False,
    ),
}


# Which fields a flag may be about; places.py says which of them it really is.
ABOUT: dict[str, tuple[str, ...]] = {
    "UNKNOWN_PUPIL": ("student_number", "name", "grade", "class", "number"),
    "NAME_DIFFERS": ("student_number", "name", "grade", "class", "number"),
    "PUPIL_TWICE": ("student_number", "name", "grade", "class", "number"),
    "PHONE_ZERO_LOST": ("guardian1_phone", "guardian2_phone", "emergency"),
    "PHONE_INVALID": ("guardian1_phone", "guardian2_phone", "emergency"),
    "SIBLING_CONFLICT": ("guardian1_phone", "guardian2_phone"),
    "NO_CONTACT": ("guardian1_phone", "guardian1_mail", "emergency"),
    "MAIL_NONRFC": ("guardian1_mail", "guardian2_mail"),
    "RELATION_BLANK": ("guardian1_relation", "guardian2_relation"),
    "CHAR_LOST": ("name", "guardian1_name", "guardian2_name", "address", "guardian2_address"),
    "NO_GUARDIAN": ("guardian1_name", "guardian2_name"),
    "TOO_LONG": tuple(LONGEST),
    "EXCEL_ERROR": tuple(FIELDS),
}


# What a person may decide as it stands, in the words of the choice; every other flag that waits must be mended first.
DECISIONS: dict[str, str] = {
    "PHONE_ZERO_LOST": "0を補ったこの番号でよい",
    "MAIL_NONRFC": "このメールアドレスのままでよい",
    "SIBLING_CONFLICT": "きょうだいと違うこの番号でよい",
    "NO_CONTACT": "連絡先がないまま登録する",
    "SHIFTED": "列はずれていない（表の外の文字は使わない）",
    "PUPIL_TWICE": "この行のほうが正しい（上の行に重ねて取り込む）",
    "NAME_DIFFERS": "氏名が違っていても、この児童生徒の行でよい",
}


def waits(flags: tuple[str, ...] | list[str]) -> bool:
    """Whether any of the flags keeps the row back until somebody decides."""
    return any(FLAGS[flag][2] for flag in flags)
