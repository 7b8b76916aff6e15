"""保護者一覧の取り込み: a school's own list of guardians, with real-life dirt, matched to the roster and never half-applied.

columns → what each heading means · clean → one cell · match → which pupil, and what a person should look at ·
intake → the whole file against the roster · apply → guardians, links, tray.
"""
