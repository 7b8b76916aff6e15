"""記号の読み取り: pure functions from crops of answer cells to readings and groups; no Django in here.

Nothing is imported here: the web asks `symbols` and `report`, and must not load the libraries that look at pictures for it.
"""
