"""規程 (policy): the security policy that lives. A clause, the rule that enforces it, the proof, the test and the
evidence belong together.

Nouns: 条文 (clause, in `model/*.toml` and in a town's own layers) · 改正 (revision: a branch of the text and of the numbers) ·
手続き (step: submitted, returned, approved, …: a row with actor and time) · 影響 (impact: who gains, who loses) · 版 (issue:
what was in force from when to when; its machine half is `access.Edition`) · 確認 (acknowledgement) · 情報資産 (asset) ·
例外 (exception) · 外部サービス (outside service) · 事故 (incident) · 自己点検 (self-inspection).

Rules: nobody approves what he drafted · a town may only tighten what the county has set · every rule of the house names a
clause and every clause is kept by rules, by code with tests, or by people, and says which · nothing outlives its date.
Read ADR 0024 first.
"""
