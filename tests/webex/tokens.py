"""Tokens that change."""

from collections.abc import Iterator


class Tokens:
    """A new token at each call; ``renewed``: what there is where Webex refuses one."""

    def __init__(self, *tokens: str, renewed: str | None = None) -> None:
        self.tokens: Iterator[str] = iter(tokens)
        self.renewed = renewed
        self.refused: list[str] = []

    def __call__(self) -> str:
        return next(self.tokens)

    def renew(self, refused: str) -> str | None:
        self.refused.append(refused)
        return self.renewed
