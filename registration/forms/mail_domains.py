"""Mail domains that people often mistype, and what they mean by it.

Only spellings under which hardly anybody has a mailbox. A hint never stops anybody: some do.
"""

from functools import cache

_MISTYPED = {
    "gmail.com": ("gmial.com", "gmai.com", "gmal.com", "gmil.com", "gamil.com", "gnail.com", "gmaill.com", "gmail.co",
                  "gmail.con", "gmail.cm", "gmail.om", "gmail.vom", "gmail.comm", "gmailcom", "googlemail.con"),
    "hotmail.com": ("hotmial.com", "hotmal.com", "hotmai.com", "hotmil.com", "homail.com", "hotamil.com",
                    "hotmaill.com", "hotmail.co", "hotmail.con", "hotmail.cm"),
    "outlook.com": ("outlok.com", "outllook.com", "outloo.com", "outlool.com", "oulook.com", "outlook.co",
                    "outlook.con"),
    "yahoo.com": ("yaho.com", "yahooo.com", "yhoo.com", "yahoo.co", "yahoo.con", "yaoo.com", "yahho.com"),
    "icloud.com": ("iclod.com", "icoud.com", "iclould.com", "icloud.co", "icloud.con", "icluod.com"),
    "live.com": ("live.co", "live.con"),
    "aol.com": ("aol.co", "aol.con"),
    "protonmail.com": ("protonmial.com", "protonmal.com", "protonmail.con"),
    "gmx.de": ("gmx.dee", "gmx.ed"),
    "web.de": ("web.dee", "web.ed"),
}  # fmt: skip


def suggestion(address: str) -> str:
    """The address with the domain that was meant; empty where nothing speaks for a mistake."""
    name, at, domain = address.strip().rpartition("@")
    meant = _meant().get(domain.casefold(), "") if name else ""
    return f"{name}{at}{meant}" if meant else ""


@cache
def pairs() -> str:
    """All of them for the browser, such as ``gmial.com=gmail.com gmai.com=gmail.com``."""
    return " ".join(f"{mistyped}={meant}" for mistyped, meant in _meant().items())


@cache
def _meant() -> dict[str, str]:
    return {mistyped: meant for meant, spellings in _MISTYPED.items() for mistyped in spellings}
