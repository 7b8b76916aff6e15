"""続けすぎの止め方 (pace): how many acts in how many seconds, as a bucket that refills by itself. Pure but for `Buckets`.

A rate of 120 in 600 seconds lets 120 through at once and then one every five seconds. A bucket is one moment, `clear_at`: when
all that was taken will have been paid off. It lies in memory (`Buckets`) or in a table as that one moment, with the same sums.
"""

import math
import threading
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass

MOST_KEYS = 50_000
TELL_EVERY = 600.0  # seconds: one that is refused again and again is spoken of once in this time


@dataclass(frozen=True)
class Rate:
    """ゆるす速さ: `count` acts in `seconds`, all at once or spread out."""

    count: int
    seconds: int

    def __post_init__(self) -> None:
        """A rate that lets nothing through, or everything, is a mistake of whoever set it (ValueError)."""
        if self.count < 1 or self.seconds < 1:
            raise ValueError("a rate is at least 1 act in at least 1 second")

    @property
    def every(self) -> float:
        """Seconds after which one more act is free."""
        return self.seconds / self.count


def taken(rate: Rate, clear_at: float, now: float) -> float:
    """The bucket after one more act."""
    return max(clear_at, now) + rate.every


def wait(rate: Rate, clear_at: float, now: float) -> float:
    """Seconds until one more act fits; 0 when it fits now."""
    over = taken(rate, clear_at, now) - now - rate.seconds
    return over if over > 1e-6 * rate.every else 0.0  # sums of moments are a little off


@dataclass(frozen=True)
class Refusal:
    """待ってもらう: for how many seconds, and whether this is the first time in a while (then it is told)."""

    seconds: float
    first: bool


@dataclass
class _Bucket:
    clear_at: float
    told_at: float = -math.inf


class Buckets:
    """Buckets of this process. The least recently used ones go when there are too many: forgotten means full again."""

    def __init__(self, most: int = MOST_KEYS) -> None:
        self.most = most
        self._held: OrderedDict[str, _Bucket] = OrderedDict()
        self._lock = threading.Lock()

    def take(self, key: str, rate: Rate, now: float) -> Refusal | None:
        """One act of `key`: None when it fits, and then it is paid for; a refusal costs nothing."""
        with self._lock:
            return self._ask(key, rate, now, pay=True)

    def look(self, key: str, rate: Rate, now: float) -> Refusal | None:
        """The same without paying."""
        with self._lock:
            return self._ask(key, rate, now, pay=False)

    def clear(self) -> None:
        """Forget all."""
        with self._lock:
            self._held.clear()

    def __len__(self) -> int:
        return len(self._held)

    def _ask(self, key: str, rate: Rate, now: float, *, pay: bool) -> Refusal | None:
        bucket = self._held.get(key)
        seconds = wait(rate, bucket.clear_at, now) if bucket else 0.0
        if bucket is not None and seconds:
            first = now - bucket.told_at >= TELL_EVERY
            bucket.told_at = now if first else bucket.told_at
            return Refusal(seconds, first)
        if pay:
            if bucket is None:
                bucket = self._held[key] = _Bucket(now)
                if len(self._held) > self.most:
                    self._held.popitem(last=False)
            bucket.clear_at = taken(rate, bucket.clear_at, now)
            self._held.move_to_end(key)
        return None


def rates(text: str, defaults: Mapping[str, Rate]) -> dict[str, Rate]:
    """`name=120/600 other=…` over the defaults. Raises ValueError in words for an unknown name or what is no rate."""
    found = dict(defaults)
    for part in text.split():
        name, _, value = part.partition("=")
        count, slash, seconds = value.partition("/")
        if name not in defaults:
            raise ValueError(f"「{name}」という名前はありません（{'、'.join(sorted(defaults))}）。")
        if not (slash and count.isascii() and count.isdigit() and seconds.isascii() and seconds.isdigit()):
            raise ValueError(f"「{part}」は {name}=回数/秒 の形で書いてください。")
        try:
            found[name] = Rate(int(count), int(seconds))
        except ValueError:
            raise ValueError(f"「{part}」の回数と秒は、1以上にしてください。") from None
    return found
