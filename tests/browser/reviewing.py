"""What staff and the meeting's host do in the browser."""

from collections.abc import Collection

from playwright.sync_api import Page, expect

from registration.sandbox.server import SandboxServer


def sign_in(page: Page, *, username: str, password: str) -> None:
    """Sign in to the admin."""
    page.goto("/admin/")
    page.get_by_label("Username").fill(username)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_role("heading", name="Meetings and registrations")).to_be_visible()


def do_action(page: Page, action: str, *, to: Collection[str]) -> None:
    """Do an action to the people of these names, on the list of submissions."""
    page.goto("/admin/registration/submission/")
    for name in to:
        page.get_by_role("row", name=name).get_by_role("checkbox").check()
    page.get_by_role("combobox", name="Action").select_option(action)
    page.get_by_role("button", name="Go").click()


def expect_messages(page: Page, *words: str) -> None:
    """The admin says exactly this at the top of the page."""
    expect(page.locator(".messagelist").get_by_role("listitem")).to_have_text(list(words))


def states_of(page: Page, name: str) -> list[str]:
    """What the list of submissions says of the person: decision, presence and Webex status."""
    page.goto("/admin/registration/submission/")
    return page.get_by_role("row", name=name).get_by_role("cell").all_inner_texts()[1:4]


def act_as_host(page: Page, sandbox: SandboxServer, *, button: str) -> None:
    """Press a button on the sandbox's own page, as the meeting's host would at Webex."""
    page.goto(sandbox.page_url)
    page.get_by_role("button", name=button, exact=True).click()
