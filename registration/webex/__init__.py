"""Webex as the portal sees it: a handful of calls, plain data in, plain data or one of our own errors out.

Knows no Django and no model, so that it can be read, tested and trusted on its own:

* `client` - the calls (`WebexClient`), over `transport`, which makes one HTTP call safely;
* `records` - what is sent and what comes back, as frozen dataclasses;
* `errors` - every way a call can end badly, each with what it means;
* `tokens` - where an access token comes from.
"""
