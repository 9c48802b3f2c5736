"""The figures of papers: each a command, `python -m train.experiments.<name>`."""
