"""Losing the connection to the database, as when its server is started anew."""

import psycopg
from django.db import connection

from tests.environment import POSTGRESQL_URL, is_on_postgresql


def lose_the_connection() -> None:
    """As when the server of the database is started anew; SQLite's connection cannot be lost."""
    if is_on_postgresql:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            [pid] = cursor.fetchone()
        with psycopg.connect(POSTGRESQL_URL, autocommit=True) as other:
            other.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])
