"""見張り: every page of a signed-in person listens whether its sign-in still stands, and carries what covers it (ADR 0045)."""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Callable

import pytest
from django.test import Client, TestCase
from django.urls import reverse

from minamo.access.actions.signin import close_device
from minamo.access.actor import Actor
from minamo.design.furigana import KANJI
from minamo.kernel import live
from tests.fixtures.world import World

COVER = 'watch="/account/stream/"'


def closed(hub: live.Hub) -> None:
    for task in (hub._task, hub._watch):
        if task is not None:
            task.cancel()


@pytest.mark.parametrize("who", ["a1-homeroom", "takahashi-mother", "pupil-hana"])
def test_the_line_says_whose_it_is(who: str, client_for: Callable[..., Client], world: World) -> None:
    answer = client_for(who).get("/account/stream/")
    assert answer.status_code == 200 and answer["Content-Type"] == "text/event-stream"

    async def first() -> bytes:
        content: AsyncIterator[bytes] = answer.streaming_content
        return await anext(content)

    retry, event, data = asyncio.run(first()).decode().strip().split("\n")
    assert 1000 <= int(retry.removeprefix("retry: ")) <= 4000 and event == "event: here"
    assert json.loads(data.removeprefix("data: ")) == {"account": str(world.account(who))}


def test_without_a_sign_in_a_script_is_told_at_once(db: None) -> None:
    assert Client().get("/account/stream/", headers={"X-Requested-With": "fetch"}).status_code == 401
    assert Client().get("/account/stream/").status_code == 302


def test_it_ends_with_the_sign_in(monkeypatch: pytest.MonkeyPatch) -> None:
    async def walk() -> list[bytes]:
        hub = live.Hub()
        monkeypatch.setattr(live, "hub", hub)
        monkeypatch.setattr(live, "HEARTBEAT_SECONDS", 0.01)
        lines = live.watch("device:d", live.Event("", "here", {"account": "a"}))
        told = [await anext(lines), await anext(lines)]
        hub._deliver(json.dumps({"t": "device:other", "n": "revoked", "d": {}}))
        told.append(await anext(lines))
        hub._deliver(json.dumps({"t": "device:d", "n": "revoked", "d": {}}))
        told += [line async for line in lines]
        closed(hub)
        assert not hub._queues
        return told

    here, *beats, last = asyncio.run(walk())
    assert b"event: here" in here and last.startswith(b"event: revoked")
    assert beats and all(beat.startswith(b"event: beat") for beat in beats)


def test_a_time_that_runs_out_unannounced_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    async def walk() -> list[bytes]:
        hub = live.Hub()
        monkeypatch.setattr(live, "hub", hub)
        monkeypatch.setattr(live, "HEARTBEAT_SECONDS", 0.01)
        monkeypatch.setattr(live, "WATCH_SECONDS", 0.05)
        async with asyncio.timeout(60):  # it would beat for ever
            told = [line async for line in live.watch("device:d", live.Event("", "here", {}))]
        closed(hub)
        return told

    here, *beats = asyncio.run(walk())  # on a busy machine the time is over before the first beat
    assert b"event: here" in here and all(beat.startswith(b"event: beat") for beat in beats)


def test_a_new_line_asks_about_itself_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """Thousands of pages listen; each page that opens may not have all of them looked up."""
    asked: list[frozenset[str]] = []

    def prints(topics: frozenset[str]) -> dict[str, str]:
        asked.append(topics)
        return dict.fromkeys(topics, "same")

    async def walk() -> None:
        hub = live.Hub()
        for number in range(4):
            hub.open((f"device:{number}",))
            for _ in range(5000):
                await asyncio.sleep(0.002)
                if len(asked) > number:
                    break
        closed(hub)

    monkeypatch.setattr(live, "_guards", [prints])
    monkeypatch.setattr(live, "_fingerprints", prints)
    asyncio.run(walk())
    assert [sorted(topics) for topics in asked] == [[f"device:{number}"] for number in range(4)]


def test_what_was_known_of_others_is_kept() -> None:
    async def walk() -> tuple[bool, bytes]:
        hub = live.Hub()
        queue = hub.open(("device:a", "device:b"))
        hub.compare(frozenset({"device:a", "device:b"}), {"device:a": "1", "device:b": "1"})
        hub.compare(frozenset({"device:c"}), {"device:c": "1"})
        quiet = queue.empty()
        hub.compare(frozenset({"device:a", "device:b"}), {"device:a": "1", "device:b": "2"})
        closed(hub)
        return quiet, queue.get_nowait().as_sse()

    quiet, event = asyncio.run(walk())
    assert quiet and event.startswith(b"event: revoked")


def test_every_layout_of_a_signed_in_person_has_the_cover(client_for: Callable[..., Client], world: World) -> None:
    pupil = reverse("people-pupil", kwargs={"pupil_id": world.pupil("hana")})
    pages = [
        ("a1-homeroom", "/"), ("a1-homeroom", pupil), ("a1-homeroom", "/account/devices/"), ("a1-homeroom", "/account/security/"),
        ("takahashi-mother", "/"), ("takahashi-mother", "/settings/"), ("takahashi-mother", "/account/devices/"),
        ("pupil-hana", "/"), ("pupil-hana", "/settings/"),
    ]  # fmt: skip
    for who, path in pages:
        answer = client_for(who).get(path)
        assert answer.status_code == 200 and COVER in answer.content.decode(), (who, path)
    refused = client_for("a1-head", condition="lost").get("/")
    assert refused.status_code == 403 and COVER not in refused.content.decode()
    assert COVER not in Client().get("/accounts/login/").content.decode()


def test_a_familys_cover_has_furigana_and_other_words(client_for: Callable[..., Client]) -> None:
    mother, teacher = client_for("takahashi-mother"), client_for("a1-homeroom")
    plain = mother.get("/").content.decode()
    assert "見えないように隠しました" in plain and "記録があれば" not in plain
    assert "記録があれば" in teacher.get("/").content.decode()
    mother.cookies["minamo_furigana"] = "on"
    cover = mother.get("/").content.decode().partition("<m-ended")[2].partition("</m-ended>")[0]
    words = re.sub(
        r"<rt>.*?</rt>|<rp>.*?</rp>", "", "".join(re.findall(r"<template[^>]*>(.*?)</template>", cover, re.DOTALL))
    )
    unread = KANJI.findall(re.sub(r"<ruby>.*?</ruby>", "", words))
    assert "<ruby>" in words and unread == [] and 'data-title="サインインが切れました"' in cover


def test_a_closed_sign_in_is_announced_to_its_pages(
    client_for: Callable[..., Client], actor_for: Callable[[str], Actor], monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    monkeypatch.setattr(live, "_announce", said.append)
    client = client_for("takahashi-mother")
    device = client.session["device"]
    actor = actor_for("takahashi-mother")
    with TestCase.captureOnCommitCallbacks(execute=True):
        close_device(actor, device, ("access.own",))
    assert json.loads(said[-1]) == {"t": f"device:{device}", "n": "revoked", "d": {}}
