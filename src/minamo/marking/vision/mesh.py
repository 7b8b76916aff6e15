"""反った紙: what a homography leaves over, as a smooth field of shifts; used only where it explains more anchors."""

from dataclasses import dataclass

import cv2
import numpy as np

from minamo.marking.vision.ink import Gray, Matrix, Points
from minamo.marking.vision.refine import MATCHED, Fit, search, unwarped
from minamo.marking.vision.template import Template

DEGREE = 4
NODE = 32  # working pixels between the nodes of a drawn mesh
CLOSE = 1.3  # working pixels an anchor may lie off
MOST = 30.0  # working pixels (7.5 mm) paper may bow at its anchors; more is a wrong match, not paper


def terms(points: np.ndarray, size: tuple[float, float]) -> np.ndarray:
    """Products of Chebyshev polynomials up to the degree, on the sheet scaled to −1 … 1."""
    x = np.polynomial.chebyshev.chebvander(points[:, 0] / size[0] * 2 - 1, DEGREE)
    y = np.polynomial.chebyshev.chebvander(points[:, 1] / size[1] * 2 - 1, DEGREE)
    return np.column_stack([x[:, i] * y[:, j] for i in range(DEGREE + 1) for j in range(DEGREE + 1 - i)])


def smooth(points: Points, shifts: np.ndarray, size: tuple[float, float]) -> tuple[np.ndarray, np.ndarray]:
    """Robust least squares: coefficients and which anchors they explain. Stray anchors lose their weight."""
    basis = terms(points, size)
    ridge = 0.02 * np.diag(np.arange(basis.shape[1]) > 0).astype(float)
    weight = np.ones(len(points))
    coefficients = np.zeros((basis.shape[1], 2))
    for limit in (6.0, 4.0, 2.5, 2.0, 1.5, 1.5):
        weighted = basis * weight[:, None]
        coefficients = np.linalg.solve(weighted.T @ basis + ridge, weighted.T @ shifts)
        off = np.linalg.norm(basis @ coefficients - shifts, axis=1)
        weight = 1 / (1 + (off / limit) ** 4)
    return coefficients, off < CLOSE


@dataclass(frozen=True)
class Mesh:
    """網: shift of each point of the blank, in the blank's pixels, before the homography carries it to the scan."""

    coefficients: np.ndarray
    size: tuple[float, float]  # of the blank, in the pixels the points are given in
    inliers: np.ndarray
    unit: float = 1.0  # blank pixels per working pixel

    def shifted(self, points: np.ndarray) -> np.ndarray:
        """Points of the blank, bent; still in the blank's frame."""
        return np.asarray(points + terms(points, self.size) @ self.coefficients * self.unit)

    @property
    def bow(self) -> float:
        """反りの大きさ: the largest shift over the sheet, in the blank's pixels."""
        x, y = np.meshgrid(np.linspace(0.03, 0.97, 12) * self.size[0], np.linspace(0.03, 0.97, 12) * self.size[1])
        points = np.column_stack([x.ravel(), y.ravel()])
        return float(np.linalg.norm(self.shifted(points) - points, axis=1).max())

    def view(self, page: Gray, homography: Matrix) -> Gray:
        """The page drawn flat in the blank's frame."""
        width, height = (int(v) for v in self.size)
        x, y = np.meshgrid(
            np.arange(0, width + NODE, NODE, dtype=np.float64), np.arange(0, height + NODE, NODE, dtype=np.float64)
        )
        moved = self.shifted(np.column_stack([x.ravel(), y.ravel()]))
        there = cv2.perspectiveTransform(moved.reshape(-1, 1, 2), homography).reshape(*x.shape, 2).astype(np.float32)
        step = np.array([[1 / NODE, 0, 0], [0, 1 / NODE, 0]], np.float32)
        grown = cv2.warpAffine(
            there, step, (width, height), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP, borderMode=cv2.BORDER_REPLICATE
        )
        return np.asarray(cv2.remap(page, grown[..., 0].copy(), grown[..., 1].copy(), cv2.INTER_LINEAR), np.uint8)

    def rescaled(self, to_work: Matrix) -> "Mesh":
        """The same mesh for points given in the blank's own pixels."""
        unit = 1 / float(to_work[0, 0])
        return Mesh(self.coefficients, (self.size[0] * unit, self.size[1] * unit), self.inliers, unit)


def bend(template: Template, page: Gray, fit: Fit) -> Mesh | None:
    """反りを探す: a mesh when it explains clearly more anchors than the homography did; otherwise None."""
    if int(fit.inliers.sum()) < 12:
        return None
    height, width = template.work.shape
    size = (float(width), float(height))
    view = unwarped(page, fit.homography, (width, height))
    mesh: Mesh | None = None
    for radius in (30, 5):
        places, quality = search(template.work, view, template.anchors, 20, radius)
        good = quality >= MATCHED
        if int(good.sum()) < 24:
            return None
        before = template.anchors[good].astype(np.float32)
        seen = places[good] if mesh is None else mesh.shifted(places[good].astype(np.float64)).astype(np.float32)
        coefficients, close = smooth(before, (seen - before).astype(np.float64), size)
        inliers = np.zeros(len(template.anchors), bool)
        inliers[good] = close
        mesh = Mesh(coefficients, size, inliers)
        view = mesh.view(page, fit.homography)
    return (
        mesh
        if mesh
        and int(mesh.inliers.sum()) > int(fit.inliers.sum()) + 4
        and mesh.bow > 1.0
        and moved(mesh, template) < MOST
        else None
    )


def moved(mesh: Mesh, template: Template) -> float:
    """Largest shift among the anchors the mesh explains, in working pixels."""
    places = template.anchors[mesh.inliers].astype(np.float64)
    return float(np.linalg.norm(mesh.shifted(places) - places, axis=1).max()) if len(places) else float("inf")
