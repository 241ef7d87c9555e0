"""The names of the addresses, and the way back to where one was on the list."""

from django.core.exceptions import BadRequest
from django.http import Http404, HttpRequest, HttpResponseRedirect
from django.urls import reverse

from registration.admin.meeting_filter import is_key
from registration.flow.attention import Kind

LIST, DO, MEND = "registration_attention", "registration_attention_do", "registration_attention_mend"


def back(request: HttpRequest, kind: Kind) -> HttpResponseRedirect:
    """To the list as it was filtered and paged, at the row after the one that was resolved, or at its section."""
    following = request.POST.get("next", "")
    anchor = f"{kind}-{following}" if is_key(following) else kind
    query = request.GET.urlencode()
    return HttpResponseRedirect(f"{reverse(f'admin:{LIST}')}{'?' if query else ''}{query}#{anchor}")


def kind_of(name: str) -> Kind:
    """The kind of this name; where there is none, nothing is found."""
    if name not in Kind.values:
        raise Http404
    return Kind(name)


def keys_of(texts: list[str]) -> set[int]:
    """Keys as a page of ours sends them. Raises ``BadRequest`` for what no page has shown."""
    if not all(map(is_key, texts)):
        raise BadRequest("No such key.")
    return {int(text) for text in texts}
