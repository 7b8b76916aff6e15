"""紙を読む目: pages, alignment, boxes, crops. Pure functions of images; no Django, no database."""
