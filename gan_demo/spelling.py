"""What was meant: the nearest known word after a misspelling."""

import difflib


def near(word: str, known: list[str]) -> str:
    """A sentence that helps after a misspelling."""
    hit = difflib.get_close_matches(word, known, 1)
    return f" Did you mean {hit[0]!r}?" if hit else f" Known: {', '.join(known)}."
