"""氏名の列: the three layers of a name as columns, shared by pupils, guardians and staff."""

from django.db import models

from minamo.kernel.names import PersonName


class NameColumns(models.Model):
    """正式 (IVS kept, byte-exact) · 表示 (JIS X 0213) · かな. `search_key` is the folded text of all layers."""

    official_family = models.CharField("姓（正式）", max_length=100, blank=True)
    official_given = models.CharField("名（正式）", max_length=100, blank=True)
    official_middle = models.CharField("ミドルネーム（正式）", max_length=100, blank=True)
    family = models.CharField("姓", max_length=100, blank=True)
    given = models.CharField("名", max_length=100, blank=True)
    middle = models.CharField("ミドルネーム", max_length=100, blank=True)
    family_kana = models.CharField("せい", max_length=100, blank=True)
    given_kana = models.CharField("めい", max_length=100, blank=True)
    middle_kana = models.CharField("みどるねーむ", max_length=100, blank=True)
    search_key = models.TextField("検索用", editable=False)

    class Meta:
        abstract = True

    @property
    def display_name(self) -> str:
        """表示氏名: family, middle and given name parted by a space; parts that do not exist are left out."""
        return " ".join(part for part in (self.family, self.middle, self.given) if part)

    @property
    def official_name(self) -> str:
        """正式氏名, byte-exact."""
        return " ".join(part for part in (self.official_family, self.official_middle, self.official_given) if part)

    @property
    def kana(self) -> str:
        """ふりがな."""
        return " ".join(part for part in (self.family_kana, self.middle_kana, self.given_kana) if part)

    @property
    def name(self) -> PersonName:
        """The three layers as a value."""
        return PersonName(
            family=self.family, given=self.given, middle=self.middle,
            official_family=self.official_family, official_given=self.official_given,
            official_middle=self.official_middle,
            family_kana=self.family_kana, given_kana=self.given_kana, middle_kana=self.middle_kana,
        )  # fmt: skip
