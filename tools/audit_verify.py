"""Checks an export of minamo's trail (操作記録). Needs Python >= 3.11 and the package `cryptography`; no minamo, no network.

    python audit_verify.py FOLDER... [--key KEY] [--known CHECKPOINT_FILE]

The leaf of a row (a line of entries.jsonl) is SHA-256(0x00 || line); nodes are SHA-256(0x01 || left || right); trees and
proofs are those of RFC 9162; checkpoints are C2SP signed notes (Ed25519), countersignatures are cosignature/v1. --key pins a
verifier key you got another way, --known is a checkpoint you kept (a printed report, a neighbour). Exit code: 0 all fits,
1 something was altered, 2 cannot be read.
"""

import argparse
import base64
import hashlib
import json
import sys
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey


def sha(data):
    return hashlib.sha256(data).digest()


class Tree:  # a growing tree: only the roots of its perfect subtrees are kept
    size, peaks = 0, ()

    def add(self, node, level=0):
        if self.size & ((1 << level) - 1):
            raise ValueError("a subtree does not fit where it stands")
        bits, peaks = self.size >> level, list(self.peaks)
        while bits & 1:
            node, bits = sha(b"\x01" + peaks.pop() + node), bits >> 1
        self.size, self.peaks = self.size + (1 << level), [*peaks, node]

    def root(self):
        found = self.peaks[-1] if self.peaks else sha(b"")
        for peak in reversed(self.peaks[:-1]):
            found = sha(b"\x01" + peak + found)
        return found


def cover(low, high):  # Levels of the perfect subtrees that make up leaves low .. high - 1.
    while low < high:
        level = (low & -low).bit_length() - 1 if low else (high - low).bit_length() - 1
        while low + (1 << level) > high:
            level -= 1
        yield level
        low += 1 << level


def climb(index, last, start_old, start_new, path):
    """The common walk of RFC 9162 §2.1.3.2 and §2.1.4.2; returns both roots, or None when the path does not fit."""
    old, new = start_old, start_new
    for step in path:
        if last == 0:
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
    if first == second:
        return old == new and not proof
    path = proof if first & (first - 1) else [old, *proof]
    index, last = first - 1, second - 1
    while index & 1:
        index, last = index >> 1, last >> 1
    return bool(path) and climb(index, last, path[0], path[0], path[1:]) == (old, new)


class Key:  # 'name+id+base64(kind || public)'
    def __init__(self, text):
        self.text = text.strip()
        self.name, self.id, raw = self.text.split("+", 2)
        raw = base64.b64decode(raw, validate=True)
        self.kind, self.public = raw[0], Ed25519PublicKey.from_public_bytes(raw[1:])
        if sha(self.name.encode() + b"\n" + raw)[:4].hex() != self.id:
            raise ValueError("a key does not fit its id")

    def holds(self, signature, message):
        try:
            return self.public.verify(signature, message) is None
        except InvalidSignature:
            return False


def read_note(text):  # (origin, size, root, body, [(name, key id, signature)])
    body, rest = text.split("\n\n", 1)
    origin, size, root = body.split("\n")[:3]
    signatures = [(n, base64.b64decode(s)) for _, n, s in (line.split(" ") for line in rest.splitlines())]
    return origin, int(size), base64.b64decode(root), body + "\n", [(n, s[:4].hex(), s[4:]) for n, s in signatures]


def signed(note, keys):
    """Names of the keys whose signature under the note holds: the log's own, or witnesses'."""
    found = set()
    for name, number, value in note[4]:
        for key in (key for key in keys if (key.name, key.id) == (name, number)):
            message = note[3]
            if key.kind == 4:
                message = f"cosignature/v1\ntime {int.from_bytes(value[:8])}\n{message}"
                value = value[8:]
            found |= {name} if key.holds(value, message.encode()) else set()
    return sorted(found)


def check(folder, pinned, known):  # All findings about one folder, and a summary.
    wrong, place = [], json.loads((folder / "log.json").read_text())
    keys = []
    for row in place["keys"]:
        key = Key(row["key"])
        message = f"minamo audit key v1\n{key.text}\n".encode()
        if keys and not (row["endorsement"] and keys[-1].holds(bytes.fromhex(row["endorsement"]), message)):
            wrong.append(f"key {key.id}: nobody vouches for it / 前の鍵の署名がありません")
            break
        keys.append(key)
    if pinned and not any(key.text == pin for key in keys for pin in pinned):
        wrong.append("none of the keys is the one you gave / 手もとの検証鍵がありません")
    notes = [read_note(json.loads(line)["note"]) for line in (folder / "checkpoints.jsonl").read_text().splitlines()]
    notes.sort(key=lambda note: note[1])
    if len(notes) != place["checkpoints"]:
        wrong.append("a checkpoint is missing or too many / チェックポイントの数が合いません")
    final, last, by_size = notes[-1], notes[-1][1] - 1, {note[1]: note for note in notes}
    earlier = [(read_note(row["note"]), [bytes.fromhex(step) for step in row["proof"]]) for row in place["earlier"]]
    for note, proof in [*((note, None) for note in notes), *earlier]:
        if note[0] != place["origin"] or not signed(note, keys):
            wrong.append(f"checkpoint at {note[1]}: its signature does not hold / チェックポイントの署名が合いません")
        if proof is not None and not consistent(note[1], final[1], note[2], final[2], proof):
            wrong.append(f"checkpoint at {note[1]}: this log does not begin with it / 以前の木とつながりません")
    tree, roots, lost = Tree(), {note[1]: note[2] for note, _ in earlier}, False
    for level, node in zip(cover(0, place["first"]), place["left"], strict=True):
        tree.add(bytes.fromhex(node), level)
    rows = map(json.loads, (folder / "inclusion.jsonl").read_text().splitlines()) if place["proofs"] else ()
    proofs = {row["seq"]: [bytes.fromhex(step) for step in row["path"]] for row in rows}
    with (folder / "entries.jsonl").open("rb") as entries, (folder / "leaves.txt").open() as records:
        for record in records:
            seq, entry, leaf = record.split()
            line = entries.readline().removesuffix(b"\n")
            found, where = sha(b"\x00" + line), f"row {entry} (leaf {seq}) / 行 {entry}（{int(seq) + 1}件目）"
            if not line:
                wrong.append(f"{where}: it is missing / ありません")
            elif found.hex() != leaf:
                wrong.append(f"{where}: it was altered / 内容が変えられています")
            elif place["proofs"] and (climb(int(seq), last, found, found, proofs[int(seq)]) or "?")[-1] != final[2]:
                wrong.append(f"{where}: its proof does not hold / 包含の証明が合いません")
            if int(seq) != tree.size and not lost:
                lost = True
                wrong.append(f"{where}: leaves are missing or out of order before it / この前で順序が切れています")
            tree.add(bytes.fromhex(leaf))
            if (note := by_size.get(tree.size)) is None:
                continue
            roots[tree.size] = tree.root()
            if not lost and tree.root() != note[2]:
                lost = True  # what follows is built on it and would only say the same
                wrong.append(f"leaves up to {tree.size}: not what was signed / ここまでの束が、署名した根と合いません")
        if entries.read(1):
            wrong.append("entries.jsonl has more rows than leaves / 行が余っています")
    if tree.size != place["end"]:
        wrong.append(f"{place['end'] - tree.size} leaves are missing at the end / 終わりの行が足りません")
    else:
        for level, node in zip(cover(place["end"], place["size"]), place["right"], strict=True):
            tree.add(bytes.fromhex(node), level)
        if not lost and tree.root() != final[2]:
            wrong.append("the tree does not lead to the newest checkpoint / 最後のチェックポイントと合いません")
    for note in (note for note in known if note[0] == place["origin"] and roots.get(note[1]) != note[2]):
        what = (
            "is of another tree / と違います" if note[1] in roots else "is out of range / はこの範囲では比べられません"
        )
        wrong.append(f"your checkpoint at {note[1]} {what}")
    seen = signed(final, [Key(row["key"]) for row in place["witness_keys"]])
    return wrong, f"{place['origin']}: {place['end'] - place['first']} rows, {len(notes)} checkpoints, witnesses {seen}"


def main():
    parser = argparse.ArgumentParser(description="Checks an export of minamo's trail.")
    parser.add_argument("folder", nargs="+", type=Path)
    parser.add_argument("--key", action="append", default=[], help="a verifier key you trust")
    parser.add_argument("--known", action="append", default=[], type=Path, help="a checkpoint you kept")
    options = parser.parse_args()
    try:
        known = [read_note(path.read_text()) for path in options.known]
        results = [check(folder, options.key, known) for folder in options.folder]
    except (OSError, ValueError, KeyError, IndexError) as error:
        print(f"cannot be read / 読めません: {error!r}")
        return 2
    for wrong, summary in results:
        print("\n".join([*(f"x {text}" for text in wrong), f"{'ALTERED' if wrong else 'OK'} {summary}"]))
    return 1 if any(wrong for wrong, _ in results) else 0


if __name__ == "__main__":
    sys.exit(main())
