"""How fast the portal is, measured with real processes, a real database and the sandbox in a process of its own.

No test: ``make bench`` runs it, pytest does not.
"""
