"""A stand-in for Webex's registration endpoints that people can run: `server.SandboxServer`.

It keeps everything in memory, speaks the contract (Webex's OpenAPI description), can be told to misbehave, and
has a page on which a person plays the Webex host. It imports nothing of the portal and no Django, so that the
portal and its stand-in cannot share a mistake.
"""
