"""部品の点検 (supply chain): what is locked, which published advisories touch it, and the bill of materials.

Advisories are OSV records (https://ossf.github.io/osv-schema/) in a folder or a ZIP, as osv.dev publishes them for PyPI. A source that is
missing, empty or old is a failure of the audit and never "no known vulnerabilities".
"""

import datetime as dt
import json
import re
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

_PIN = re.compile(r"^(?P<name>[A-Za-z0-9][A-Za-z0-9._-]*)==(?P<version>[^\s;\\]+)")
_HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")


class SourceMissing(Exception):
    """The advisories cannot be trusted to be there: the audit has not been made."""


@dataclass(frozen=True)
class Package:
    """部品: canonical name, version, and the SHA-256 of the files that may be installed for it."""

    name: str
    version: str
    hashes: tuple[str, ...]


@dataclass(frozen=True)
class Finding:
    """知られている弱点: an advisory that touches a locked package."""

    advisory: str
    package: str
    version: str
    fixed_in: str
    summary: str


def locked(text: str) -> list[Package]:
    """The packages of a requirements file with hashes. Raises ValueError for one without a hash."""
    found: list[Package] = []
    blocks = re.split(r"\n(?=\S)", text)
    for block in blocks:
        match = _PIN.match(block)
        if match is None:
            continue
        hashes = tuple(_HASH.findall(block))
        if not hashes:
            raise ValueError(f"{match['name']} is locked without a hash")
        found.append(Package(canonicalize_name(match["name"]), match["version"], hashes))
    return found


def advisories(source: Path, *, today: dt.date, most_days: int) -> list[dict[str, Any]]:
    """All advisories of a folder or a ZIP. Raises SourceMissing when there are none, or none newer than `most_days`."""
    if not source.exists():
        raise SourceMissing(f"脆弱性の一覧がありません: {source.name}")
    try:
        records = [json.loads(text) for text in _texts(source)]
    except (OSError, ValueError, zipfile.BadZipFile) as error:
        raise SourceMissing(f"脆弱性の一覧を読めません（{type(error).__name__}）: {source.name}") from None
    newest = max((str(record.get("modified", ""))[:10] for record in records), default="")
    if not newest:
        raise SourceMissing(f"脆弱性の一覧が空です: {source.name}")
    if newest < (today - dt.timedelta(days=most_days)).isoformat():
        raise SourceMissing(f"脆弱性の一覧が古すぎます（いちばん新しいもの {newest}）。新しいものを置いてください。")
    return records


def _texts(source: Path) -> Iterator[bytes]:
    if source.is_dir():
        yield from (path.read_bytes() for path in sorted(source.rglob("*.json")))
        return
    with zipfile.ZipFile(source) as archive:
        yield from (archive.read(name) for name in sorted(archive.namelist()) if name.endswith(".json"))


def audit(packages: Iterable[Package], records: Iterable[dict[str, Any]]) -> list[Finding]:
    """Which advisories touch which packages; withdrawn ones do not count."""
    by_name = {package.name: package for package in packages}
    found = []
    for record in records:
        if record.get("withdrawn"):
            continue
        for part in record.get("affected", ()):
            named = part.get("package", {})
            package = by_name.get(canonicalize_name(str(named.get("name", ""))))
            if package is not None and named.get("ecosystem") == "PyPI" and touches(part, package.version):
                fixed = ", ".join(_events(part, "fixed")) or "—"
                found.append(
                    Finding(record["id"], package.name, package.version, fixed, str(record.get("summary", ""))[:120])
                )
    return sorted(set(found), key=lambda f: (f.package, f.advisory))


def touches(part: dict[str, Any], version: str) -> bool:
    """Whether an `affected` entry covers a version, by its list or by its ranges. A version nobody can read is covered."""
    if version in part.get("versions", ()):
        return True
    try:
        mine = Version(version)
        return any(_within(mine, r["events"]) for r in part.get("ranges", ()) if r.get("type") == "ECOSYSTEM")
    except InvalidVersion:
        return True


def _within(mine: Version, events: list[dict[str, str]]) -> bool:
    inside = False
    for event in sorted(events, key=_position):
        if "introduced" in event and mine >= _version(event["introduced"]):
            inside = True
        if "fixed" in event and mine >= _version(event["fixed"]):
            inside = False
        if "last_affected" in event and mine > _version(event["last_affected"]):
            inside = False
    return inside


def _position(event: dict[str, str]) -> tuple[Version, bool]:
    (kind, text), *_ = event.items()
    return _version(text), kind == "introduced"


def _version(text: str) -> Version:
    return Version("0.dev0") if text == "0" else Version(text)


def _events(part: dict[str, Any], kind: str) -> list[str]:
    return [event[kind] for r in part.get("ranges", ()) for event in r.get("events", ()) if kind in event]


# What makes the environment and is no part of the program.
MAKERS = frozenset({"pip", "setuptools", "uv", "wheel"})


def unlisted(packages: Iterable[Package], installed: Iterable[tuple[str, str]]) -> list[str]:
    """What runs here and is not in the bill of materials: `name version` of every installed (name, version) that is not locked so."""
    known = {(package.name, package.version) for package in packages}
    found = {(canonicalize_name(name), version) for name, version in installed}
    return sorted(f"{name} {version}" for name, version in found - known if name not in MAKERS)


def bill_of_materials(packages: Iterable[Package], version: str) -> str:
    """部品表 (SBOM) in CycloneDX 1.6 JSON: every locked package with its hashes."""
    from cyclonedx.model import HashAlgorithm, HashType
    from cyclonedx.model.bom import Bom
    from cyclonedx.model.component import Component, ComponentType
    from cyclonedx.output.json import JsonV1Dot6
    from packageurl import PackageURL

    bom = Bom()
    bom.metadata.component = Component(name="minamo", version=version, type=ComponentType.APPLICATION)
    for package in packages:
        bom.components.add(
            Component(
                name=package.name,
                version=package.version,
                type=ComponentType.LIBRARY,
                bom_ref=f"{package.name}=={package.version}",
                purl=PackageURL("pypi", name=package.name, version=package.version),
                hashes=[HashType(alg=HashAlgorithm.SHA_256, content=value) for value in package.hashes],
            )
        )
    return JsonV1Dot6(bom).output_as_string(indent=1)
