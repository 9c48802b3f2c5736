"""The Laplacian pyramid: a picture as a small one and the details it lacks, without loss.

Burt and Adelson, "The Laplacian Pyramid as a Compact Image Code", 1983.

    I_0 = the picture,   I_{k+1} = down(I_k),   l_k = up(I_{k+1}),   h_k = I_k - l_k
    I_k = l_k + h_k      exactly, whatever down and up are

Differs from the paper: down is the mean of 2 x 2 pixels, up is bilinear; theirs is a Gaussian of
5 x 5 pixels for both.
"""

from torch.nn.functional import avg_pool2d, interpolate

from gan_demo.types import Image, Resized


def down(x: Image) -> Resized:
    """Half the side: each pixel the mean of four."""
    return avg_pool2d(x, 2)


def up(x: Image) -> Resized:
    """Twice the side, bilinear."""
    return interpolate(x, scale_factor=2.0, mode="bilinear")


def sides(coarsest: int, size: int) -> list[int]:
    """The sides from the coarsest picture to the full one, each twice the one before.

    Raises:
        ValueError: doubling does not lead from one to the other.
    """
    found = [coarsest]
    while 0 < found[-1] < size:
        found.append(2 * found[-1])
    if found[-1] != size or len(found) < 2:
        raise ValueError(
            f"{coarsest} px do not double to {size} px: choose for instance 8 and 32, or 4 and 64."
        )
    return found


def gaussian(x: Image, levels: int) -> list[Resized]:
    """The picture at `levels` sides, smallest first, the last is x."""
    pictures = [x]
    for _ in range(levels - 1):
        pictures.insert(0, down(pictures[0]))
    return pictures


def details(pictures: list[Resized]) -> list[Resized]:
    """The coarsest picture, then what each next one adds to the one before it enlarged: h_k."""
    coarse, *finer = pictures
    pairs = zip(pictures, finer, strict=False)
    return [coarse, *(fine - up(before) for before, fine in pairs)]


def rebuilt(parts: list[Resized]) -> list[Resized]:
    """The pictures that `details` came from."""
    pictures, *rest = [parts[0]], *parts[1:]
    for h in rest:
        pictures.append(up(pictures[-1]) + h)
    return pictures
