"""What goes wrong in a browser without anybody seeing it: errors on its console, and requests to other hosts."""

from collections.abc import Collection
from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, ConsoleMessage, Request, WebError


class Watch:
    """Listens to all pages of a context; ``complaints`` is what it heard.

    The browser tells there of what the Content-Security-Policy stopped, of scripts that failed and of files that
    are missing. ``hosts`` (with their ports) are those that may be asked for anything.
    """

    def __init__(self, context: BrowserContext, *, hosts: Collection[str]) -> None:
        self.complaints: list[str] = []
        self._hosts = hosts
        context.on("console", self._hear)
        context.on("weberror", self._hear_script)
        context.on("request", self._hear_request)

    def _hear(self, message: ConsoleMessage) -> None:
        # A page that is itself an error page, such as "not found", is meant to be one.
        is_the_page = message.page is not None and message.location["url"] == message.page.url
        if message.type in {"error", "warning"} and not (is_the_page and "responded with a status" in message.text):
            self.complaints.append(f"console {message.type}: {message.text}")

    def _hear_script(self, error: WebError) -> None:
        self.complaints.append(f"script: {error.error.message}")

    def _hear_request(self, request: Request) -> None:
        address = urlsplit(request.url)
        if address.scheme != "data" and address.netloc not in self._hosts:
            self.complaints.append(f"another host: {address.netloc}")
