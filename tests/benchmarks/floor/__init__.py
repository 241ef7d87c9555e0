"""The bare floor: how fast the same is where it is written for nothing but speed.

A Django site of a few pages, with nothing of the portal's code in it:

- **GET /** renders a hand-written template: the 13 standard fields of Webex's form with the list of countries, and five
  questions, one of each of Webex's types. That is 18 fields, each with the place for its error and for what was typed.
  The countries are one ready piece of text. Comments in the page bring it to ``FLOOR_PAGE_BYTES``, the weight of the
  portal's own page, and cost nothing but their bytes.
- **POST /** validates the 18 fields with a plain Django form (present, not too long, an e-mail address, one of the
  options) and stores two rows in one transaction: the sign-up with its answers, under an address that nobody has used
  before, and a mail that waits to be sent. Then it redirects to the page after it. What is wrong gives the form back.
- **GET /done/** renders a template of the page after it: the same for everybody, without a question to the database.
- **GET /registrations/TOKEN/** reads one row by its token and renders a template with all 18 fields of it, brought to
  the weight of the portal's own page in the same way.
- **POST /registrations/TOKEN/cancel/** reads that row, updates it and stores a mail that waits, in one transaction, and
  redirects.

Around them is what ``django-admin startproject`` puts there: the seven middlewares (security, sessions, common, CSRF,
authentication, messages, clickjacking) and the CSRF token. Connections are kept on both databases, without asking them
before each use whether they are still there; SQLite has the portal's settings (WAL, ``synchronous=NORMAL``,
``BEGIN IMMEDIATE``). Templates are compiled once, as Django does where ``DEBUG`` is false.

What the portal does beyond that is the portal's to pay: a form that comes out of the database, phone numbers and names
of any spelling, one registration a person with an answer that tells a stranger nothing, places that are counted,
answers in rows of their own, headers.
"""
