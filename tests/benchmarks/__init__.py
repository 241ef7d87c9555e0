"""How fast the portal is, measured with real processes, a real database and the sandbox in a process of its own.

``make bench`` runs it. pytest runs only the tests of the load generator.
"""
