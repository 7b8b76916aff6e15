"""位置合わせ: a scanned page laid onto the blank sheet without markers, or put to a person with the reason.

Nothing doubtful is ever silent: a page is `ok` only when its print was found place by place where the model says.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import cv2
import numpy as np

from minamo.marking.vision.coarse import guesses, skew
from minamo.marking.vision.features import by_features
from minamo.marking.vision.ink import Gray, Matrix, evened, ink, print_level, resized
from minamo.marking.vision.mesh import Mesh, bend
from minamo.marking.vision.refine import Fit, refine, search, step, unwarped
from minamo.marking.vision.template import PATCH, Template, scaling, work_size
from minamo.marking.vision.verify import Evidence, examine

SCALES = (0.707, 0.816, 0.866, 0.93, 1.0, 1.07, 1.155, 1.225, 1.414, 0.76, 0.66)
LEAST_SCORE = 0.5
LEAST_ANCHORS = 20
LEAST_KEPT = 0.975
CLEAR = 0.75  # correlation of an anchor seen beyond doubt
MOST_STRAYS = 4
MOST_OUTSIDE = 0.15  # a box that falls outside is found later, box by box
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


@dataclass(frozen=True)
class _Page:
    work: Gray
    size: tuple[int, int]


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
    def rank(self) -> float:
        return self.fit.score + self.evidence.kept


def align(template: Template, gray: Gray) -> Alignment:
    """位置合わせをする: one page against one blank. Pure: the same page gives the same answer, whatever came before."""
    size = (gray.shape[1], gray.shape[0])
    if min(size) < 64:
        return Alignment(REVIEW, LOST, None, 0.0)
    inked = ink(resized(gray, *work_size(size)))
    if is_empty(inked):
        return Alignment(REVIEW, BLANK, None, 0.0)
    page = _Page(evened(inked), size)
    best: _Try | None = None
    for start in starts(template, page.work):
        found = attempt(template, page, start)
        if found is not None and (best is None or found.rank > best.rank):
            best = found
        if best is not None and best.convincing:
            break
    return verdict(template, page, best)


def around(template: Template, gray: Gray, start: Matrix) -> Alignment | None:
    """決めた位置から: the same search from one place (pixels of the blank → pixels of the page) that a person or an earlier
    reading gave. None when the print does not lead there: then the given place is all there is."""
    size = (gray.shape[1], gray.shape[0])
    inked = ink(resized(gray, *work_size(size)))
    page = _Page(evened(inked), size)
    inner = scaling(size, (inked.shape[1], inked.shape[0])) @ start @ np.linalg.inv(template.to_work)
    found = attempt(template, page, inner / inner[2, 2])
    return verdict(template, page, found) if found is not None and found.convincing else None


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
    likely = guesses(template.work, work, angle, (0, 180) if same else (90, 270), (1.0,))
    yield likely[0].homography
    by_feature = by_features(template, work)
    if by_feature is not None:
        yield by_feature
    swept = guesses(template.work, work, angle, (0, 90, 180, 270), SCALES)
    yield from (guess.homography for guess in swept[:4])


def attempt(template: Template, page: _Page, start: Matrix) -> _Try | None:
    """One hypothesis followed to the end: refined, examined, bent where print is not where flat paper has it."""
    fit = refine(template, page.work, start)
    if fit is None or fit.score < 0.15:
        return None
    flat = examined(template, page.work, fit, None)
    if flat.convincing and flat.evidence.kept >= 0.985 and flat.strays < MOST_STRAYS:
        return flat
    mesh = bend(template, page.work, fit)
    if mesh is None:
        return flat
    better = straightened(template, page.work, fit, mesh)
    bent = examined(template, page.work, *((better, None) if better else (replace(fit, inliers=mesh.inliers), mesh)))
    return max(flat, bent, key=lambda one: (one.strays < MOST_STRAYS, one.rank))


def strays(template: Template, view: Gray, fit: Fit) -> int:
    """浮いた目印: anchors that do not agree but are clearly seen a little further on: the page is not where we think there."""
    lost = template.anchors[~fit.inliers]
    if len(lost) < MOST_STRAYS:
        return 0
    places, quality = search(template.work, view, lost, PATCH, 18)
    away = np.linalg.norm(places - lost, axis=1)
    return int(((quality >= CLEAR) & (away > 1.3)).sum())


def examined(template: Template, page: Gray, fit: Fit, mesh: Mesh | None) -> _Try:
    """The page drawn in the blank's frame, flat or through the mesh, and what it shows."""
    height, width = template.work.shape
    white = np.zeros(page.shape, np.uint8)
    white[EDGE:-EDGE, EDGE:-EDGE] = 255
    if mesh is None:
        view = unwarped(page, fit.homography, (width, height))
        inside = unwarped(white, fit.homography, (width, height)) > 254
    else:
        view, inside = mesh.view(page, fit.homography), mesh.view(white, fit.homography) > 254
    return _Try(fit, mesh, examine(template, view, inside), strays(template, view, fit))


def straightened(template: Template, page: Gray, fit: Fit, mesh: Mesh) -> Fit | None:
    """平らな紙か: a homography fitted through the mesh, when it explains the page as well as the mesh does."""
    before = template.anchors[mesh.inliers].astype(np.float64)
    there = cv2.perspectiveTransform(mesh.shifted(before).reshape(-1, 1, 2), fit.homography)
    matrix, _ = cv2.findHomography(before.astype(np.float32), there.astype(np.float32), cv2.RANSAC, 2.0)
    if matrix is None:
        return None
    flat = step(template, page, np.asarray(matrix, np.float64), shrink=1, radius=6, kind="homography", limit=1.2)
    return flat if flat is not None and flat.inliers.sum() >= 0.95 * mesh.inliers.sum() else None


def verdict(template: Template, page: _Page, found: _Try | None) -> Alignment:
    """判定: ok, or review with the reason."""
    if found is None:
        return Alignment(REVIEW, LOST, None, 0.0)
    reason = doubt(found)
    to_scan = np.linalg.inv(scaling(page.size, (page.work.shape[1], page.work.shape[0])))
    homography = to_scan @ found.fit.homography @ template.to_work
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
