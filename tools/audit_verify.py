"""Checks an export of minamo's trail (操作記録). Needs Python >= 3.11 and the package `cryptography`; no minamo, no network.

Leaves: SHA-256(0x00 || line of entries.jsonl); nodes: SHA-256(0x01 || left || right); trees and proofs: RFC 9162;
checkpoints: C2SP signed notes (Ed25519); countersignatures: cosignature/v1. --key pins a verifier key you got another way
(without it a folder vouches for itself; beside keys of other logs only it is NOT PINNED), --known a checkpoint you kept.
Exit: 0 all fits, 1 altered or not pinned, 2 cannot be read.
"""

import argparse
import base64
import functools
import hashlib
import json
import re
from datetime import UTC, datetime
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey


def sha(data):
    return hashlib.sha256(data).digest()


class Tree:  # a growing tree: only the roots of its perfect subtrees are kept
    size, peaks = 0, ()

    def add(self, node, level=0):
        bits, peaks = self.size >> level, list(self.peaks)
        while bits & 1:
            node, bits = sha(b"\x01" + peaks.pop() + node), bits >> 1
        self.size, self.peaks = self.size + (1 << level), [*peaks, node]

    def root(self):
        return functools.reduce(lambda right, left: sha(b"\x01" + left + right), reversed(self.peaks or [sha(b"")]))


def cover(low, high):  # Levels of the perfect subtrees that make up leaves low .. high - 1.
    while low < high:
        level = min((low & -low or high).bit_length(), (high - low).bit_length()) - 1
        yield level
        low += 1 << level


def climb(index, last, old, new, path):  # RFC 9162 §2.1.3.2, §2.1.4.2: both roots, None if nothing fits
    for step in path:
        if not last:
            return None
        if index & 1 or index == last:
            old, new = sha(b"\x01" + step + old), sha(b"\x01" + step + new)
            while not index & 1 and index:
                index, last = index >> 1, last >> 1
        else:
            new = sha(b"\x01" + new + step)
        index, last = index >> 1, last >> 1
    return None if last else (old, new)


def consistent(first, second, old, new, proof):
    if not 0 < first < second:
        return first == second and old == new and not proof
    path, even = proof if first & (first - 1) else [old, *proof], (first & -first).bit_length() - 1
    return bool(path) and climb(first - 1 >> even, second - 1 >> even, path[0], path[0], path[1:]) == (old, new)


def reads(line):  # time in Japan, action and person of a row as it stands here
    m = re.search(r'"action":"(.*?)".*?"actor_label":"(.*?)","at":(\d{10})\d{6},', line.decode(errors="replace"))
    return f"{datetime.fromtimestamp(int(m[3]) + 32400, UTC):%Y-%m-%d %H:%M:%S} {m[1]} {m[2]}" if m else "?"


class Key:  # 'name+id+base64(kind || public)'
    def __init__(self, text):
        self.text = text.strip()
        self.name, self.id, raw = self.text.split("+", 2)
        raw = base64.b64decode(raw, validate=True)
        self.kind, self.public = raw[0], Ed25519PublicKey.from_public_bytes(raw[1:])
        if sha(self.name.encode() + b"\n" + raw)[:4].hex() != self.id:
            raise ValueError("a key does not fit its id")

    def holds(self, mark, text):
        if self.kind == 4:
            mark, text = mark[8:], f"cosignature/v1\ntime {int.from_bytes(mark[:8])}\n{text}"
        try:
            return self.public.verify(mark, text.encode()) is None
        except InvalidSignature:
            return False


def read_note(text):  # (origin, size, root, body, [(name, key id, signature)])
    body, rest = text.split("\n\n", 1)
    origin, size, root, *_ = body.split("\n")
    signatures = [(n, base64.b64decode(s)) for _, n, s in (line.split(" ") for line in rest.splitlines())]
    return origin, int(size), base64.b64decode(root), body + "\n", [(n, s[:4].hex(), s[4:]) for n, s in signatures]


def signed(note, keys):  # names of those keys whose signature under the note holds: the log's own, or witnesses'
    return sorted({k.name for k in keys for n, i, m in note[4] if (k.name, k.id) == (n, i) and k.holds(m, note[3])})


def trusted(rows, pins):  # pinned keys, what they endorsed, what they took over from; unpinned, what the first leads to
    keys = [Key(row["key"]) for row in rows]
    good = [key.text in pins if pins else at == 0 for at, key in enumerate(keys)]
    marks = [[bytes.fromhex(row.get(name) or "") for name in ("endorsement", "succession")] for row in rows]
    for at in range(1, len(keys)):
        good[at] |= good[at - 1] and keys[at - 1].holds(marks[at][0], f"minamo audit key v1\n{keys[at].text}\n")
    for at in range(len(keys) - 1, 0, -1):
        taken = f"minamo audit key after v1\n{keys[at - 1].text}\n{keys[at].text}\n"
        good[at - 1] |= good[at] and keys[at].holds(marks[at][1], taken)
    return [key for key, fits in zip(keys, good, strict=True) if fits], all(good)


def check(folder, pinned, known):  # All findings about one folder, what it could not rest on, and a summary.
    place = json.loads((folder / "log.json").read_text())
    pins = {key.text for key in pinned if (key.name, key.kind) == (place["origin"], 1)}
    said = [] if pins else ["! no --key of this log: the folder vouches for itself / 検証鍵が固定されていません"]
    keys, whole = trusted(place["keys"], pins)
    wrong = [] if whole else ["none of the keys leads here / 手もとの鍵につながりません"]
    lists = " ".join(sha((folder / name).read_bytes()).hex() for name in ("log.json", "checkpoints.jsonl"))
    if not (mark := folder / "signature.txt").exists():
        said.append("! the lists of keys and checkpoints are not signed / 鍵とチェックポイントの一覧に署名がありません")
    elif not any(key.holds(bytes.fromhex(mark.read_text()), f"minamo audit export v1\n{lists}\n") for key in keys):
        wrong.append("log.json or checkpoints.jsonl is not what was signed / 一覧が、署名したものと違います")
    notes = [read_note(json.loads(line)["note"]) for line in (folder / "checkpoints.jsonl").read_text().splitlines()]
    notes.sort(key=lambda note: note[1])
    final, last, by_size = notes[-1], notes[-1][1] - 1, {note[1]: note for note in notes}
    earlier = [(read_note(row["note"]), [bytes.fromhex(step) for step in row["proof"]]) for row in place["earlier"]]
    every = [*notes, *(note for note, _ in earlier)]
    bad = [note[1] for note in every if note[0] != place["origin"] or not signed(note, keys)]
    wrong += [f"checkpoint at {at}: its signature does not hold / チェックポイントの署名が合いません" for at in bad]
    bad = [note[1] for note, proof in earlier if not consistent(note[1], final[1], note[2], final[2], proof)]
    wrong += [f"checkpoint at {at}: this log does not begin with it / 以前の木とつながりません" for at in bad]
    times, tree, roots, lost = [], Tree(), {note[1]: note[2] for note, _ in earlier}, False
    for level, node in zip(cover(0, place["first"]), place["left"], strict=True):
        tree.add(bytes.fromhex(node), level)
    rows = map(json.loads, (folder / "inclusion.jsonl").read_text().splitlines()) if place["proofs"] else ()
    proofs = {row["seq"]: [bytes.fromhex(step) for step in row["path"]] for row in rows}
    later = {record.split()[2] for record in (folder / "leaves.txt").read_text().splitlines()}
    held, over, gone = b"", False, set()  # a line that waits for its leaf; leaves whose line did not come
    with (folder / "entries.jsonl").open("rb") as entries, (folder / "leaves.txt").open() as records:
        for seq, entry, leaf in map(str.split, records):
            later.discard(leaf)
            while (line := held or entries.readline().removesuffix(b"\n")) and sha(b"\x00" + line).hex() in gone:
                held, over = b"", True
            found, where = sha(b"\x00" + line), f"row {entry} (leaf {seq}) / 行 {entry}（{int(seq) + 1}件目）"
            held = line if found.hex() in later else b""
            if found.hex() != leaf:
                gone.add(leaf)
                odd = (
                    f"it was altered / 内容が変えられています (now / いま: {reads(line)})" if line and not held else ""
                )
                wrong.append(f"{where}: {odd or 'it is missing / ありません'}")
            elif place["proofs"] and (climb(int(seq), last, found, found, proofs[int(seq)]) or "?")[-1] != final[2]:
                wrong.append(f"{where}: its proof does not hold / 包含の証明が合いません")
            else:
                times.append(reads(line)[:16])
            if int(seq) != tree.size and not lost:
                lost = True
                wrong.append(f"{where}: leaves are missing or out of order before it / この前で順序が切れています")
            tree.add(bytes.fromhex(leaf))
            if (note := by_size.get(tree.size)) is not None:
                roots[tree.size] = tree.root()
            if note is not None and not lost and tree.root() != note[2]:
                lost = True  # what follows is built on it and would only say the same
                wrong.append(f"leaves up to {tree.size}: not what was signed / ここまでの束が、署名した根と合いません")
        if over or held or entries.read(1):
            wrong.append("entries.jsonl has rows that stand for no leaf here / 余った行か、順序の違う行があります")
    end, sides = tree.size, zip(cover(place["end"], place["size"]), place["right"], strict=True)
    for level, node in sides if end == place["end"] else ():
        tree.add(bytes.fromhex(node), level)
    if not lost and (end, tree.size, tree.root()) != (place["end"], *final[1:3]):
        wrong.append("the end of the rows does not lead to the newest checkpoint / 終わりの行が、最後の根と合いません")
    unlike = [note[1] for note in known if note[0] == place["origin"] and roots.get(note[1]) != note[2]]
    wrong += [f"your checkpoint at {at} is of another tree or out of range / 違うか、範囲の外です" for at in unlike]
    state = "ALTERED" if wrong else "NOT PINNED" if pinned and not pins else "OK"
    state += f" {place['origin']}: rows {place['first'] + 1}-{place['end']} of {place['size']}"
    state += f", written {min(times, default='')} - {max(times, default='')} (JST), {len(notes)} checkpoints"
    return wrong, [*said, f"{state}, witnesses {signed(final, [key for key in pinned if key.kind == 4])}"]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Checks an export of minamo's trail / 操作記録の書き出しを確かめます")
    parser.add_argument("folder", nargs="+", type=Path, help="an export, or a folder of exports / 書き出し")
    parser.add_argument("--key", action="append", default=[], help="a key you trust / 検証鍵")
    parser.add_argument("--known", action="append", default=[], type=Path, help="a checkpoint you kept / 控え")
    options = parser.parse_args()
    KEY = "not a key / 検証鍵は、名前+8桁+base64 の1行です（bin/minamo audit keys が示す形）"
    NOTE = "not a checkpoint / 署名つきのチェックポイントの文面が要ります（画面「記録の封」か月例報告のQRコード）"
    folders = [one for path in options.folder for one in [p.parent for p in path.glob("*/log.json")] or [path]]
    try:
        keys = [Key(what := text) for text in options.key]
        known = [read_note((what := path).read_text()) for path in options.known]
        results = [check(what := folder, keys, known) for folder in folders]
    except (OSError, ValueError, LookupError) as error:
        why = KEY if what in options.key else NOTE if what in options.known else error
        why = error.strerror if isinstance(error, OSError) else why
        parser.exit(2, f"{getattr(error, 'filename', None) or what}: cannot be read / 読めません ({why})\n")
    print(*(line for wrong, said in results for line in (*(f"x {text}" for text in wrong), *said)), sep="\n")
    parser.exit(any(wrong or said[-1].startswith("NOT PINNED") for wrong, said in results))
