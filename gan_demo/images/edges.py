"""Line drawings of pictures, dark on white: John Canny's detector, 1986, as OpenCV has it."""

import cv2
import numpy as np
import torch

from gan_demo.types import Pixels

SIGMA = 1.0  # of the blur before, pixels
PEN = 2  # width of a line, pixels; of thinner ones so little is left that white paper would do
INK = 160  # darker is ink: a line by hand lies across pixels, and is kept where it is thin
STRONG, WEAK = 1.0, 0.5  # thresholds of the gradient, in units of the picture's own 85 % quantile


def traced(pixels: Pixels) -> Pixels:
    """The edges of each picture, in as many channels."""
    drawn = [_trace(p.permute(1, 2, 0).numpy()) for p in pixels]
    lines = torch.from_numpy(np.stack(drawn)).unsqueeze(1)
    return lines.expand(-1, pixels.shape[1], -1, -1).contiguous()


def inked(pixels: Pixels) -> Pixels:
    """A drawing by hand with the detector's two tones: a pixel is ink, or else paper."""
    return torch.where(pixels < INK, 0, 255).to(torch.uint8)


def _trace(picture: np.ndarray) -> np.ndarray:
    """(h, w, c) -> (h, w). Thresholds follow the picture, so that a dull photo has lines, too."""
    grey = (
        picture.squeeze(2) if picture.shape[2] == 1 else cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
    )
    soft = cv2.GaussianBlur(grey, (0, 0), SIGMA)
    dx, dy = cv2.Sobel(soft, cv2.CV_16S, 1, 0), cv2.Sobel(soft, cv2.CV_16S, 0, 1)
    size = np.hypot(dx, dy)
    scale = max(float(np.quantile(size, 0.85)), 20.0)  # a flat picture has none
    lines = cv2.Canny(dx, dy, WEAK * scale, STRONG * scale, L2gradient=True)
    return 255 - cv2.dilate(lines, np.ones((PEN, PEN), np.uint8))
