"""The one way an endpoint says no."""


class Refusal(Exception):
    """The call is refused with an HTTP status and, in Webex's error shape, one description."""

    def __init__(self, status: int, description: str, *, headers: tuple[tuple[str, str], ...] = ()) -> None:
        super().__init__(description)
        self.status = status
        self.description = description
        self.headers = headers
