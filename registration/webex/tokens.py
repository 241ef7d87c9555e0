"""Where an access token comes from: anything that can be called and gives one."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class StaticToken:
    """A token that was made by hand and stays the same (a personal token lives 12 hours)."""

    value: str = field(repr=False)

    def __call__(self) -> str:
        """Return the token, without the spaces and line ends that copying brings along."""
        return self.value.strip()
