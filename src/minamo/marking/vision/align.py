"""位置合わせ: a scanned page laid onto the blank sheet without markers, or put to a person with the reason.

Nothing doubtful is ever silent: a page is `ok` only when its print was found place by place where the model says.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

import cv2
import numpy as np

from minamo.marking.vision.coarse import CLEAR as CLEAREST
from minamo.marking.vision.coarse import Guess, guesses, skew
from minamo.marking.vision.features import by_features
from minamo.marking.vision.ink import Gray, Matrix, evened, ink, print_level
from minamo.marking.vision.mesh import Mesh, bend
from minamo.marking.vision.refine import Fit, refine, search, step, unwarped
from minamo.marking.vision.template import PATCH, Template, working
from minamo.marking.vision.verify import Evidence, examine

SCALES = (0.707, 0.816, 0.866, 0.93, 1.0, 1.07, 1.155, 1.225, 1.414, 0.76, 0.66)
LEAST_SCORE = 0.5
LEAST_ANCHORS = 20
LEAST_KEPT = 0.975
CLEAR = 0.75  # correlation of an anchor seen beyond doubt
MOST_STRAYS = 4
WIDE = 18  # working pixels (4.5 mm) around its place in which an anchor that does not agree is looked for
MOST_OUTSIDE = 0.15  # a box that falls outside is found later, box by box
NEAR = 4  # working pixels (1 mm) printed squares may be off: paper shrinks, and a copier pulls
STILL = 1.0  # working pixels (0.25 mm): a page drawn for the search is not drawn again to be examined
EDGE = 8  # working pixels at the rim of a picture where nothing is asked: feeders and lids leave shadows there
EMPTY = 40.0  # print level (0–255) under which a page carries no print

OK, REVIEW = "ok", "review"
BLANK, WRONG, TORN, FEW, OUTSIDE, LOST = "blank", "wrong_sheet", "torn", "few_anchors", "outside", "not_found"
BOWED = "bowed"
REASONS = {
    BLANK: "何も印刷されていない紙です",
    WRONG: "この解答用紙ではないようです",
    TORN: "紙の角が欠けています",
    FEW: "手がかりになる印刷が少なく、位置を確かめられません",
    BOWED: "紙が反っていて、位置を確かめられないところがあります",
    OUTSIDE: "紙の一部が画像の外にあります",
    LOST: "解答用紙の位置が見つかりません",
}


@dataclass(frozen=True)
class Alignment:
    """位置合わせの結果: `homography` maps pixels of the blank to pixels of the scan (3×3, last element 1).

    `mesh` bends what the homography leaves (curl); `score` is the share of local anchors that agree (0–1).
    """

    status: str
    reason: str | None
    homography: Matrix | None
    score: float
    mesh: Mesh | None = None
    evidence: Evidence | None = None

    @property
    def why(self) -> str:
        """理由 in the words of the review tray; empty when the page is fine."""
        return REASONS.get(self.reason or "", "")


@dataclass(frozen=True, eq=False)
class Scanned:
    """写した紙, ready to be laid on any blank: the picture at working size, its ink evened, and 3×3 from the page's pixels to those."""

    size: tuple[int, int]  # of the page as scanned: width, height
    small: Gray
    work: Gray
    to_work: Matrix
    empty: bool  # hardly any print on it


@dataclass(frozen=True)
class _Try:
    fit: Fit
    mesh: Mesh | None
    evidence: Evidence
    strays: int = 0

    @property
    def convincing(self) -> bool:
        return self.fit.score >= LEAST_SCORE and self.evidence.kept >= 0.9

    @property
    def plain(self) -> bool:
        """Flat paper seen so well that no mesh could tell more."""
        return self.convincing and self.evidence.kept >= 0.985 and self.strays < MOST_STRAYS

    @property
    def rank(self) -> float:
        return self.fit.score + self.evidence.kept


def scanned(gray: Gray) -> Scanned:
    """支度する: what laying a page needs of it, whatever the blank."""
    small, to_work = working(gray)
    inked = ink(small)
    return Scanned((gray.shape[1], gray.shape[0]), small, evened(inked), to_work, is_empty(inked))


def align(template: Template, gray: Gray) -> Alignment:
    """位置合わせをする: one page against one blank. Pure: the same page gives the same answer, whatever came before."""
    return lay(template, scanned(gray))


def lay(template: Template, page: Scanned) -> Alignment:
    """合わせる: a page that was made ready."""
    if min(page.size) < 64:
        return Alignment(REVIEW, LOST, None, 0.0)
    if page.empty:
        return Alignment(REVIEW, BLANK, None, 0.0)
    best: _Try | None = None
    for start in starts(template, page.work):
        found = attempt(template, page, start)
        if found is not None and (best is None or found.rank > best.rank):
            best = found
        if best is not None and best.convincing:
            break
    return verdict(template, page, best)


def around(template: Template, page: Scanned, start: Matrix) -> Alignment | None:
    """決めた位置から: the same search from one place (pixels of the blank → pixels of the page) that a person or an earlier
    reading gave. None when the print does not lead there: then the given place is all there is."""
    found = attempt(template, page, inner(template, page, start))
    return verdict(template, page, found) if found is not None and found.convincing else None


def confirmed(template: Template, page: Scanned, start: Matrix) -> Alignment | None:
    """確かめる: a page whose place (pixels of the blank → pixels of the page) is known to a few pixels, as from printed squares: one fine
    step, and then the proof that every page must stand. None when any of it leaves a doubt: then the page is searched as if nobody
    had known."""
    if page.empty:
        return None
    fit = step(template, page.work, inner(template, page, start), shrink=1, radius=NEAR, kind="homography", limit=1.2)
    if fit is None:
        return None
    flat = examined(template, page.work, fit, None)
    return verdict(template, page, flat) if flat.plain and doubt(flat) is None else None


def inner(template: Template, page: Scanned, place: Matrix) -> Matrix:
    """A place between pixels of the blank and of the page, between working pixels."""
    found = page.to_work @ place @ np.linalg.inv(template.to_work)
    return np.asarray(found / found[2, 2], np.float64)


def is_empty(inked: Gray) -> bool:
    """白紙か: hardly any stroke on the page, whatever its speckles and edges."""
    height, width = inked.shape
    middle = inked[height // 20 : height - height // 20, width // 20 : width - width // 20]
    strokes = cv2.countNonZero(cv2.threshold(cv2.medianBlur(middle, 3), 48, 255, cv2.THRESH_BINARY)[1])
    return strokes < 0.0012 * middle.size or print_level(middle) < EMPTY


def starts(template: Template, work: Gray) -> Iterator[Matrix]:
    """見当: cheap and likely first, then all turns and copy scales, then features."""
    angle = skew(work) - template.angle
    same = (work.shape[0] > work.shape[1]) == (template.size[1] > template.size[0])
    likely: list[Guess] = []
    for guess in guesses(template.reference, work, angle, (0, 180) if same else (90, 270), (1.0,)):
        likely.append(guess)
        if guess.peak >= CLEAREST:
            break
    yield best_of(likely)[0].homography
    by_feature = by_features(template, work)
    if by_feature is not None:
        yield by_feature
    swept = best_of(guesses(template.reference, work, angle, (0, 90, 180, 270), SCALES))
    yield from (guess.homography for guess in swept[:4])


def best_of(found: Iterable[Guess]) -> list[Guess]:
    """The likeliest first."""
    return sorted(found, key=lambda guess: -guess.peak)


def attempt(template: Template, page: Scanned, start: Matrix) -> _Try | None:
    """One hypothesis followed to the end: refined, examined, bent where print is not where flat paper has it."""
    fit = refine(template, page.work, start)
    if fit is None or fit.score < 0.15:
        return None
    flat = examined(template, page.work, fit, None)
    if flat.strays >= MOST_STRAYS and (again := widened(template, page.work, fit)) is not None:
        flat = max(
            flat, examined(template, page.work, again, None), key=lambda one: (one.strays < MOST_STRAYS, one.rank)
        )
        fit = flat.fit
    if flat.plain:
        return flat
    mesh = bend(template, page.work, fit)
    if mesh is None:
        return flat
    better = straightened(template, page.work, fit, mesh)
    bent = examined(template, page.work, *((better, None) if better else (replace(fit, inliers=mesh.inliers), mesh)))
    return max(flat, bent, key=lambda one: (one.strays < MOST_STRAYS, one.rank))


def widened(template: Template, page: Gray, fit: Fit) -> Fit | None:
    """広く探す: once more from a place that explains only part of the sheet: a plane through all of it may lie a little further on."""
    wide = step(template, page, fit.homography, shrink=1, radius=WIDE, kind="homography", limit=3.0)
    return wide and step(template, page, wide.homography, shrink=1, radius=4, kind="homography", limit=1.2)


def strays(template: Template, view: Gray, fit: Fit) -> int:
    """浮いた目印: anchors that do not agree but are clearly seen a little further on: the page is not where we think there."""
    lost = template.anchors[~fit.inliers]
    if len(lost) < MOST_STRAYS:
        return 0
    places, quality = search(template.work, view, lost, PATCH, WIDE)
    far = (quality >= CLEAR) & (np.linalg.norm(places - lost, axis=1) > 1.3)
    return sum(not twin(template, one, there) for one, there in zip(lost[far], np.rint(places[far]), strict=True))


def twin(template: Template, anchor: np.ndarray, there: np.ndarray) -> bool:
    """双子: whether the blank itself prints there what it prints at the anchor (manuscript paper, rows of equal rules): that an anchor
    under handwriting is found there says nothing of where the page lies."""
    (x, y), (left, top) = anchor.astype(int).tolist(), (there.astype(int) - PATCH - 1).tolist()
    piece = template.work[max(0, y - PATCH) : y + PATCH, max(0, x - PATCH) : x + PATCH]
    field = template.work[max(0, top) : top + 2 * PATCH + 2, max(0, left) : left + 2 * PATCH + 2]
    if field.shape[0] < piece.shape[0] or field.shape[1] < piece.shape[1]:
        return False
    return float(np.nan_to_num(cv2.matchTemplate(field, piece, cv2.TM_CCOEFF_NORMED)).max()) >= CLEAR


def examined(template: Template, page: Gray, fit: Fit, mesh: Mesh | None) -> _Try:
    """The page drawn in the blank's frame, flat or through the mesh, and what it shows."""
    height, width = template.work.shape
    if mesh is None:
        exact = int((~fit.inliers).sum()) >= MOST_STRAYS  # strays are measured on the page as it lies
        drawn = fit.view if fit.moved <= STILL and not exact else None
        view = unwarped(page, fit.homography, (width, height)) if drawn is None else drawn
        inside = pictured(page, fit.homography, (width, height))
    else:
        white = np.zeros(page.shape, np.uint8)
        white[EDGE:-EDGE, EDGE:-EDGE] = 255
        view, inside = mesh.view(page, fit.homography), mesh.view(white, fit.homography) > 254
    return _Try(fit, mesh, examine(template, view, inside), strays(template, view, fit))


def pictured(page: Gray, homography: Matrix, size: tuple[int, int]) -> np.ndarray:
    """Where the picture without its rim lies in the blank's frame."""
    high, wide = page.shape
    rim = ((EDGE, EDGE), (wide - EDGE - 1, EDGE), (wide - EDGE - 1, high - EDGE - 1), (EDGE, high - EDGE - 1))
    there = np.column_stack([np.array(rim, np.float64), np.ones(4)]) @ np.linalg.inv(homography).T
    inside = np.zeros((size[1], size[0]), np.uint8)
    if (there[:, 2] > 0).all() or (there[:, 2] < 0).all():  # else the horizon runs through: no sheet lies so
        corners = np.rint((there[:, :2] / there[:, 2:]).clip(-30_000, 30_000)).astype(np.int32)
        cv2.fillConvexPoly(inside, corners, 1)
    return inside > 0


def straightened(template: Template, page: Gray, fit: Fit, mesh: Mesh) -> Fit | None:
    """平らな紙か: a homography fitted through the mesh, when it explains the page as well as the mesh does."""
    before = template.anchors[mesh.inliers].astype(np.float64)
    there = cv2.perspectiveTransform(mesh.shifted(before).reshape(-1, 1, 2), fit.homography)
    matrix, _ = cv2.findHomography(before.astype(np.float32), there.astype(np.float32), cv2.RANSAC, 2.0)
    if matrix is None:
        return None
    flat = step(template, page, np.asarray(matrix, np.float64), shrink=1, radius=6, kind="homography", limit=1.2)
    return flat if flat is not None and flat.inliers.sum() >= 0.95 * mesh.inliers.sum() else None


def verdict(template: Template, page: Scanned, found: _Try | None) -> Alignment:
    """判定: ok, or review with the reason."""
    if found is None:
        return Alignment(REVIEW, LOST, None, 0.0)
    reason = doubt(found)
    homography = np.linalg.inv(page.to_work) @ found.fit.homography @ template.to_work
    homography = homography / homography[2, 2]
    mesh = found.mesh.rescaled(template.to_work) if found.mesh else None
    return Alignment(REVIEW if reason else OK, reason, homography, round(found.fit.score, 4), mesh, found.evidence)


def doubt(found: _Try) -> str | None:
    """疑い: why a person should look, or None."""
    evidence, score = found.evidence, found.fit.score
    if score < 0.3 or evidence.kept < 0.75:
        return WRONG
    if int(found.fit.inliers.sum()) < LEAST_ANCHORS:
        return FEW
    if evidence.kept < LEAST_KEPT:
        return TORN if evidence.corner else WRONG
    if evidence.foreign or score < LEAST_SCORE:
        return WRONG
    if found.strays >= MOST_STRAYS:
        return BOWED
    return OUTSIDE if evidence.outside > MOST_OUTSIDE * (evidence.places + evidence.outside) else None
