"""印の場所: where ○ △ × stand in an answer box, on paper and on the screen. Pure, without any picture at hand."""

Box = tuple[float, float, float, float]
LARGEST, SMALLEST = 46.0, 14.0  # radius of ○ in pixels at 200 dpi: 5.8 mm and 1.8 mm
WIDE, CORNER = 0.38, 0.22  # radius to the narrow side of a box: in its middle, in its corner
LETTERS = 140.0  # pixels: a tall box is one line of letters below this width
RIM = 9.0  # pixels from the edge of a box to a sign in its corner
LONG = 2.2  # a box so much longer than wide is a line of writing: the mark stands at its end
RIGHT, PARTIAL, WRONG = "right", "partial", "wrong"


def seat(box: Box, *, corner: bool = False) -> tuple[float, float, float]:
    """印の場所: middle and radius of ○, always inside the box; beside the points in the lower corner. `corner`: in the upper right
    corner, where it stands on every paper alike: a ○ around a pupil's × would read as crossed out."""
    if corner:
        return _corner(box)
    width, height = box[2] - box[0], box[3] - box[1]
    radius = max(min(SMALLEST, 0.46 * min(width, height)), min(LARGEST, WIDE * min(width, height)))
    x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    if width > LONG * height:
        x = box[2] - radius * 2.2 if width > radius * 5 else x
    elif height > LONG * width:
        y = box[3] - radius * 2.2 if height > radius * 5 else y
    return x, y, radius


def _corner(box: Box) -> tuple[float, float, float]:
    side = min(box[2] - box[0], box[3] - box[1])
    radius = max(min(SMALLEST, 0.46 * side), min(LARGEST, CORNER * side))
    away = min(radius + RIM, side / 2)
    return box[2] - away, box[1] + away, radius


def narrow(box: Box) -> bool:
    """細長い枠: a tall box with room for one line of letters beside nothing: the sign stands at an end of the line."""
    width, height = box[2] - box[0], box[3] - box[1]
    return height > LONG * width and width < LETTERS


def verdict(points: int | None, full: int) -> str:
    """○ △ ×; nothing while an answer is not marked."""
    if points is None:
        return ""
    return RIGHT if points == full else PARTIAL if points else WRONG
