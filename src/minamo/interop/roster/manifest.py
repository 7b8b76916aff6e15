"""manifest.csv: which version, which files are there and whether each is whole (bulk) or a difference (delta)."""

from collections.abc import Mapping
from dataclasses import dataclass

from minamo.interop.roster.problems import Findings, Problem
from minamo.interop.roster.profile import FILES, USED, VERSIONS, Profile, profile_of
from minamo.interop.roster.reader import Table, read_records, read_table

FILE = "manifest.csv"
MODES = ("absent", "bulk", "delta")


@dataclass(frozen=True)
class Package:
    """読み取った名簿: its profile and its tables by name (absent files are not there)."""

    profile: Profile
    tables: Mapping[str, Table]

    @property
    def mode(self) -> str:
        """bulk, delta, or mixed."""
        modes = {table.mode for table in self.tables.values()}
        return modes.pop() if len(modes) == 1 else "mixed"

    @property
    def sound(self) -> bool:
        """Whether every table's structure was readable."""
        return all(table.sound for table in self.tables.values())


def read_package(files: Mapping[str, bytes], findings: Findings) -> Package | None:
    """Read manifest and tables; None when there is no usable manifest."""
    if FILE not in files:
        findings.refuse(Problem("manifest_missing", FILE, "manifest.csv がありません。"))
        return None
    properties = _properties(files[FILE], findings)
    if not properties:
        return None
    profile = _profile(properties, findings)
    modes = {name: _mode(name, properties, files, findings) for name in FILES}
    _strangers(files, findings)
    if profile is None:
        return None
    tables = {
        name: read_table(name, modes[name], files[f"{name}.csv"], profile, findings)
        for name in USED
        if modes[name] in {"bulk", "delta"} and f"{name}.csv" in files
    }
    for name in FILES:
        if name not in USED and modes[name] in {"bulk", "delta"}:
            findings.warn(Problem("not_used", f"{name}.csv", "このファイルは名簿の取り込みでは使いません。"))
    if all(mode == "absent" for mode in modes.values()):
        findings.refuse(Problem("nothing_there", FILE, "すべて absent で、取り込むファイルがありません。"))
    return Package(profile, tables)


def _properties(content: bytes, findings: Findings) -> dict[str, tuple[str, int, int]]:
    """Name → (value, record, line)."""
    records = read_records(FILE, content, findings)
    if len(records) == 1:
        findings.refuse(Problem("no_rows", FILE, "見出しだけで、行がありません。", 1, 1))
    found: dict[str, tuple[str, int, int]] = {}
    if records and records[0][2] != ["propertyName", "value"]:
        findings.refuse(Problem("manifest_header", FILE, "見出しは propertyName,value です。", 1, 1))
        return found
    known = {"manifest.version", "oneroster.version", "source.systemName", "source.systemCode"}
    known |= {f"file.{name}" for name in FILES}
    for record, line, cells in records[1:]:
        if len(cells) != 2:
            findings.refuse(Problem("cell_count", FILE, "列は propertyName と value の二つです。", record, line))
        elif cells[0] in found:
            findings.refuse(Problem("manifest_twice", FILE, "同じ項目が二つあります。", record, line, cells[0]))
        elif cells[0] not in known:
            findings.refuse(Problem("manifest_unknown", FILE, "知らない項目です。", record, line, cells[0][:80]))
        else:
            found[cells[0]] = (cells[1], record, line)
    return found


def _profile(properties: Mapping[str, tuple[str, int, int]], findings: Findings) -> Profile | None:
    version, record, line = properties.get("manifest.version", ("", None, None))
    if version != "1.0":
        message = "manifest.version は 1.0 です。"
        findings.refuse(Problem("wrong_version", FILE, message, record, line, "manifest.version", version[:20]))
    version, record, line = properties.get("oneroster.version", ("", None, None))
    profile = profile_of(version)
    if profile is None:
        message = f"この版の名簿は取り込めません（取り込めるのは {'・'.join(VERSIONS)}）。"
        findings.refuse(Problem("wrong_version", FILE, message, record, line, "oneroster.version", version[:20]))
    return profile


def _mode(
    name: str, properties: Mapping[str, tuple[str, int, int]], files: Mapping[str, bytes], findings: Findings
) -> str:
    """The declared mode of a file, compared with what is really there."""
    key = f"file.{name}"
    if key not in properties:
        findings.refuse(Problem("manifest_lacks", FILE, "項目がありません。", column=key))
        return ""
    mode, record, line = properties[key]
    there = f"{name}.csv" in files
    if mode not in MODES:
        findings.refuse(
            Problem("bad_enum", FILE, "absent・bulk・delta のどれかにします。", record, line, key, mode[:20])
        )
    elif mode == "absent" and there:
        message = f"absent とありますが、{name}.csv が入っています。"
        findings.refuse(Problem("absent_but_present", FILE, message, record, line, key))
    elif mode != "absent" and not there:
        message = f"{mode} とありますが、{name}.csv がありません。"
        findings.refuse(Problem("declared_but_missing", FILE, message, record, line, key))
    return mode


def _strangers(files: Mapping[str, bytes], findings: Findings) -> None:
    known = {FILE, *(f"{name}.csv" for name in FILES)}
    for name in sorted(set(files) - known):
        findings.refuse(Problem("unknown_file", name[:80], "名簿のファイルではありません。ZIPから外してください。"))
