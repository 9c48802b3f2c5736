"""Training and evaluation from the command line: `python -m train`, `python -m train.evaluate`."""
