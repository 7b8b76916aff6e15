"""`bin/minamo policy prove`: table, JSON, exit code."""

import json
from io import StringIO

import pytest
from django.core.management import call_command

from minamo.access.policyset import policies
from minamo.access.proof import report


def test_table_in_japanese() -> None:
    out = StringIO()
    call_command("policy", "prove", stdout=out)
    assert "ほかの自治体の情報には届かない" in out.getvalue()
    assert "すべての求めについて証明しました" in out.getvalue()


def test_json() -> None:
    out = StringIO()
    call_command("policy", "prove", "--json", stdout=out)
    found = json.loads(out.getvalue())
    assert found["good"] is True
    assert found["digest"] == policies().digest
    assert all(one["proved"] and one["environments"] for one in found["invariants"])


def test_a_broken_invariant_ends_with_1(monkeypatch: pytest.MonkeyPatch) -> None:
    rules = policies()
    without = rules.replaced(tuple(rule for rule in rules.rules if rule.id != "access.wall-learning-side"))
    monkeypatch.setattr("minamo.access.policyset.policies", lambda: without)
    out = StringIO()
    with pytest.raises(SystemExit) as ended:
        call_command("policy", "prove", stdout=out)
    assert ended.value.code == 1
    assert "反例：" in out.getvalue()
    assert report.prove(without).broken
