"""紙を読む目: pages, alignment, boxes, crops. Pure functions of images; no Django, no database.

One thread per process: parallel work is the pool's, so OpenCV's own threads would only take cores from each other.
"""

import cv2

cv2.setNumThreads(1)
