"""名簿の取り込み (roster import): OneRoster 1.2 CSV, Japan K-12/Schools Profile v1.0 and the older ones in use.

package (ZIP) → manifest → reader (CSV) → cells → references → rules → plan (pure difference) → apply (one transaction).
"""
