"""The numbers beside a reconstruction, what they mean, and how they lie among those of photos."""

from collections.abc import Mapping

from gan_demo.ui import numbers

MEANINGS = {
    "avg E(x)": "the critic's verdict, learned by telling what the model draws from what it was "
    "trained on: of other kinds of pictures it says nothing, and a cartoon may be above a photo",
    "std E(x)": "the length that N takes out of the code",
    "MSE": "the mean squared difference of pixels in [-1, 1], 0 for a perfect copy",
    "PSNR": "the same in decibels, 10 more for a tenth of the error",
}


def table(readings: Mapping[str, float], shares: Mapping[str, float]) -> str:
    """The numbers, and one sentence that says what they mean.

    Args:
        shares: of the pictures kept out of training, how many have a lower one, where it is known.
    """
    values = {k: f"{v:.3g}{' dB' if k == 'PSNR' else ''}" for k, v in readings.items()}
    means = "; ".join(f"{k} is {MEANINGS[k]}" for k in readings if k in MEANINGS)
    among = {
        k: f"higher than {share:.0%} of the photos it never saw" for k, share in shares.items()
    }
    return numbers.table(values, f"{means}.", among)
