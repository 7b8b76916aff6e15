"""数値の定め (limits): the numbers of the policy that a municipality may set itself, each with unit, default and bounds.

The rules read them as `context.limits.NAME`; the schema names the same ones (checked at start). The values of an edition
reach the actor with the statement that builds it; without an edition the defaults hold (ADR 0010).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True)
class Limit:
    """数値の定めの一つ: `lower` and `upper` are both allowed values; `smaller_is_stricter` tells which way closes; `means` says
    what the number does, with {} for it and its unit."""

    name: str
    label: str
    unit: str
    default: int
    lower: int
    upper: int
    clause: str
    means: str
    smaller_is_stricter: bool = True

    def __post_init__(self) -> None:
        """A default outside its own bounds is a mistake of the programmer (ValueError)."""
        if not self.lower <= self.default <= self.upper:
            raise ValueError(f"{self.name}: default {self.default} is outside {self.lower}–{self.upper}")

    def stricter(self, values: Iterable[int]) -> int:
        """The strictest of some values (ValueError when there are none)."""
        return min(values) if self.smaller_is_stricter else max(values)


LIMITS: Mapping[str, Limit] = MappingProxyType(
    {
        limit.name: limit
        for limit in (
            Limit("reauth_minutes", "本人確認をやり直すまでの時間（重要性分類Ⅰ）", "分", 15, 1, 60, "4.10 本人確認のやり直し",
                  "重要性分類Ⅰの情報は、本人確認から{}のあいだ開けます。"),
            Limit("device_proof_minutes", "端末の鍵の証明が有効な時間", "分", 5, 1, 15, "4.8 端末の台帳",
                  "重要性分類Ⅱ以上の情報は、端末の証明から{}のあいだ開けます。"),
            Limit("posture_hours", "端末の状態の報告が有効な時間", "時間", 24, 1, 24, "4.11 端末の状態の報告",
                  "端末の状態の報告は、{}たつと「分からない」になります。状態を見る上乗せがあれば、そこで閉じます。"),
            Limit("session_hours", "教職員のサインインが続く時間", "時間", 12, 1, 24, "4.12 サインインの長さ",
                  "教職員は、サインインから{}たつと、サインインし直します。"),
            Limit("idle_minutes", "教職員が操作しないでいられる時間", "分", 120, 10, 480, "4.12 サインインの長さ",
                  "教職員は、操作しないで{}たつと、サインインし直します。"),
            Limit("break_glass_minutes", "緊急の閲覧ができる時間", "分", 60, 5, 240, "4.13 緊急の閲覧",
                  "緊急の閲覧を始めた教職員は、その子の連絡先を{}のあいだ見られます。"),
            Limit("break_glass_review_days", "緊急の閲覧を点検するまでの営業日", "営業日", 3, 1, 5, "4.13 緊急の閲覧",
                  "校長・教頭と教育委員会は、緊急の閲覧を{}のうちに点検します。"),
        )
    }
)  # fmt: skip
DEFAULTS: Mapping[str, int] = MappingProxyType({name: limit.default for name, limit in LIMITS.items()})


def checked(values: Mapping[str, int]) -> Mapping[str, int]:
    """The defaults with `values` over them. Raises KeyError for an unknown name, ValueError outside the bounds."""
    for name, value in values.items():
        limit = LIMITS[name]
        if not limit.lower <= value <= limit.upper:
            raise ValueError(f"{limit.label}は{limit.lower}{limit.unit}から{limit.upper}{limit.unit}までです。")
    return MappingProxyType({**DEFAULTS, **values})


def strictest(editions: Iterable[Mapping[str, int]]) -> Mapping[str, int]:
    """The limits of someone under several editions: of each number the strictest; without an edition the defaults."""
    complete = [checked(edition) for edition in editions] or [DEFAULTS]
    return MappingProxyType({name: limit.stricter(e[name] for e in complete) for name, limit in LIMITS.items()})
