"""紙を読む目: pages, alignment, boxes, crops. Pure functions of images; no Django, no database.

Nothing is imported here: the web asks `errors`, `identity` and `form`, and must not load OpenCV for it.
"""
