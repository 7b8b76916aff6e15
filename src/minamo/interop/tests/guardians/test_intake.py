"""The whole way of a list: command line, applied rows, tray, decisions; nothing twice, nothing half."""

import json
import uuid
from collections.abc import Callable
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from minamo.interop.guardians import clean
from minamo.interop.guardians.columns import guess, missing, unknown
from minamo.interop.models import ImportRun, TrayRow
from minamo.interop.tests.guardians.lists import CODE, command, listing, row
from minamo.people.models import Guardian, GuardianLink, Household, Pupil, Restriction
from tests.fixtures.world import World


@pytest.mark.django_db
def test_applies_links_and_the_second_time_nothing(tmp_path: Path, town: Callable[[], None], world: World) -> None:
    path = tmp_path / "一覧.csv"
    path.write_bytes(listing(row(保護者2氏名="吉田 太郎", 保護者2続柄="父", 保護者2電話="09000002222")))
    assert command(path, "--school", CODE)[0] == 0
    town()
    links = GuardianLink.objects.filter(pupil_id=world.pupil("yui"))
    assert sorted((link.guardian.display_name, link.relation, link.guardian.phone) for link in links) == [
        ("𠮷田 太郎", "父", "090-0000-2222"),
        ("𠮷田 恵子", "母", "090-0000-1111"),
    ]
    before = (Guardian.objects.count(), Household.objects.count(), links.count(), TrayRow.objects.count())
    code, text = command(path, "--school", CODE, "--json")
    assert code == 0
    assert json.loads(text)["rows_written"] == 0
    town()
    assert (Guardian.objects.count(), Household.objects.count(), links.count(), TrayRow.objects.count()) == before


@pytest.mark.django_db
def test_check_changes_nothing(tmp_path: Path, town: Callable[[], None]) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(listing(row()))
    town()
    before = Guardian.objects.count(), ImportRun.objects.count()
    code, text = command(path, "--school", CODE, "--check", "--json")
    assert (code, json.loads(text)["applied"]) == (0, False)
    town()
    assert (Guardian.objects.count(), ImportRun.objects.count()) == before


@pytest.mark.django_db
def test_never_makes_a_pupil_and_keeps_other_families(tmp_path: Path, town: Callable[[], None], world: World) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(listing(row("nobody", 氏名="架場 未来")))
    town()
    before = Pupil.objects.count()
    assert command(path, "--school", CODE)[0] == 0
    town()
    assert Pupil.objects.count() == before
    assert GuardianLink.objects.filter(pupil_id=world.pupil("hana")).count() == 2
    waiting = TrayRow.objects.get()
    assert (waiting.flags, waiting.blocking) == (["UNKNOWN_PUPIL"], True)


@pytest.mark.django_db
def test_address_protection_shuts_the_other_parent_out(tmp_path: Path, town: Callable[[], None], world: World) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(listing(row(保護者2氏名="吉田 太郎", 保護者2続柄="父", 備考="住所非開示（支援措置）")))
    assert command(path, "--school", CODE)[0] == 0
    town()
    kinds = Restriction.objects.filter(pupil_id=world.pupil("yui")).values_list("kind", "guardian__given")
    assert set(kinds) == {("address", None), ("contact", "太郎")}


@pytest.mark.django_db
def test_formula_and_line_breaks_stay_text(tmp_path: Path, town: Callable[[], None], world: World) -> None:
    note = '=HYPERLINK("http://example.com")\n迎えは17時'
    path = tmp_path / "a.csv"
    path.write_bytes(listing(row(備考=note)))
    assert command(path, "--school", CODE)[0] == 0
    town()
    home = GuardianLink.objects.get(pupil_id=world.pupil("yui")).guardian.household
    assert home is not None
    assert home.note.replace("\r\n", "\n") == note


@pytest.mark.django_db
@pytest.mark.parametrize(("words", "code"), [(("--school", "B199999999999"), 2)])
def test_usage(tmp_path: Path, words: tuple[str, ...], code: int) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(listing(row()))
    assert command(path, *words)[0] == code


@pytest.mark.django_db
def test_the_school_is_found_by_its_pupils(tmp_path: Path, town: Callable[[], None], world: World) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(listing(row()))
    assert command(path)[0] == 0
    town()
    assert GuardianLink.objects.filter(pupil_id=world.pupil("yui")).exists()


@pytest.mark.django_db
def test_a_list_of_nobody_known_is_not_guessed(tmp_path: Path, world: World) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(listing(row("nobody", 氏名="架場 未来")))
    code, said = command(path)
    assert code == 2 and "--school" in said and "なし" in said
    assert TrayRow.objects.count() == 0


@pytest.mark.django_db
def test_a_list_without_names_is_refused_in_words(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(listing(["1", "2"], header=["番号", "点"]))
    code, text = command(path, "--school", CODE)
    assert code == 1
    assert "児童生徒の氏名" in text
    assert "何も変わっていません" in text


def test_columns_by_synonym_and_by_memory() -> None:
    header = ["名簿番号", "児童氏名", "保護者氏名", "連絡TEL"]
    assert guess(header, {})["guardian1_name"] == 2
    assert unknown(header, guess(header, {})) == [(3, "連絡TEL")]
    assert guess(header, {"連絡tel": "guardian1_phone"})["guardian1_phone"] == 3
    assert missing(guess(["番"], {})) == ["児童生徒の氏名", "保護者1の氏名"]


@given(st.text(max_size=20))
def test_whatever_is_typed_as_a_phone_becomes_a_number_or_nothing(text: str) -> None:
    cleaned = clean.phone(text)
    digits = cleaned.value.replace("-", "")
    assert digits == "" or (digits.isascii() and digits.isdigit() and len(digits) in {10, 11} and digits[0] == "0")


@given(st.from_regex(r"0[789]0\d{8}", fullmatch=True))
def test_a_lost_zero_is_found_again_and_said(number: str) -> None:
    assert clean.phone(number[1:]).value == clean.phone(number).value
    assert clean.phone(number[1:]).flags == ("PHONE_ZERO_LOST",)
    assert clean.phone(number).flags == ()


@given(st.text(max_size=30))
def test_a_mail_that_is_taken_has_one_at_sign_and_no_space(text: str) -> None:
    value = clean.mail(text).value
    assert value == "" or (value.count("@") == 1 and not any(c.isspace() for c in value))


@pytest.mark.parametrize("who", ["a1-homeroom", "a2-head", "b1-head", "takahashi-mother"])
def test_the_page_is_for_officers_of_the_school(client_for: Callable[..., Client], world: World, who: str) -> None:
    path = reverse("interop-guardians", kwargs={"school_id": world.school("a1")})
    assert client_for(who).get(path).status_code in {403, 404}
    assert client_for(who).post(path, {"kept": str(uuid.uuid4())}).status_code in {403, 404}


def test_strangers_are_sent_to_sign_in(client: Client, world: World, db: None) -> None:
    path = reverse("interop-guardians", kwargs={"school_id": world.school("a1")})
    assert client.get(path).status_code == 302
