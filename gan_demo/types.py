"""Shapes, spelled once. Every annotation in the package uses these names.

The test run enforces them: `pytest --jaxtyping-packages=gan_demo,beartype.beartype`.
"""

from collections.abc import Sequence

from jaxtyping import Float, Int, UInt8
from torch import Tensor

Image = Float[Tensor, "b c h w"]  # in [-1, 1]
Resized = Float[Tensor, "b c _ _"]  # beside an Image: the same pictures at any other side
Pixels = UInt8[Tensor, "b c h w"]  # in 0..255, as stored and as shown
OtherPixels = UInt8[Tensor, "_ c h w"]  # beside Pixels: a set of another number
Latent = Float[Tensor, "b z"]
Code = Float[Tensor, "1 z"]  # one for all of a Latent
Column = Float[Tensor, "b 1"]  # one number a row, ready to broadcast against a Latent
Score = Float[Tensor, "b"]  # one number a picture
Points = Float[Tensor, "b 5 2"]  # of faces: (x, y) of eyes, nose, corners of the mouth
Label = Int[Tensor, "b"]
Tokens = Int[Tensor, "b t"]  # words of phrases by number, 0 after the last
OtherLabel = Int[Tensor, "_"]  # beside Label: of another number of pictures
Shares = Float[Tensor, "b k"]  # of k classes in each picture, adding up to 1
Logits = Float[Tensor, "b k"]  # of k classes in each picture
Features = Float[Tensor, "b d"]
Cloud = Float[Tensor, "_ d"]  # features of a set; two sets may differ in number
Distances = Float[Tensor, "_ _"]  # from each of one set to each of another
Scalar = Float[Tensor, ""]

# "x" image, "y" label, "t" words, "a" "b" unpaired images; a player may add what those after it
# can use
Batch = dict[str, Tensor]
Terms = dict[str, Scalar]  # weighted parts of a loss, summed by the loop

Schedule = int | float | Sequence[int | float]  # [first, last], see `gan_demo.losses.schedule`
