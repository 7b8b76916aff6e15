"""印の場所: where ○ △ × stand in an answer box, on paper and on the screen. Pure, without any picture at hand."""

Box = tuple[float, float, float, float]
LARGEST, SMALLEST = 46.0, 14.0  # radius of ○ in pixels at 200 dpi: 5.8 mm and 1.8 mm
LONG = 2.2  # a box so much longer than wide is a line of writing: the mark stands at its end
RIGHT, PARTIAL, WRONG = "right", "partial", "wrong"


def seat(box: Box) -> tuple[float, float, float]:
    """印の場所: middle and radius of ○, always inside the box; beside the points in the lower corner."""
    width, height = box[2] - box[0], box[3] - box[1]
    radius = max(min(SMALLEST, 0.46 * min(width, height)), min(LARGEST, 0.38 * min(width, height)))
    x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    if width > LONG * height:
        x = box[2] - radius * 2.2 if width > radius * 5 else x
    elif height > LONG * width:
        y = box[3] - radius * 2.2 if height > radius * 5 else y
    return x, y, radius


def verdict(points: int | None, full: int) -> str:
    """○ △ ×; nothing while an answer is not marked."""
    if points is None:
        return ""
    return RIGHT if points == full else PARTIAL if points else WRONG
