"""テスト分析: marks in, figures out. Pure: no Django, no files, nothing from outside the standard library.

Absent pupils are no zeros: they appear in no figure. A paper with an answer that nobody has marked yet has no total and
appears in no figure either; both are counted. A figure that is not defined is None, never 0. No figure depends on the
order of the papers (the S–P table shows ties in the order given; its indices do not change with it).
"""

from minamo.marking.analysis.values import Item, Paper, Results

__all__ = ["Item", "Paper", "Results"]
