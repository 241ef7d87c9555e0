"""Proofs of work that have been used."""

from django.db import models


class SpentChallenge(models.Model):
    """A proof of work with which somebody has signed up: it is good for one sign-up.

    Kept until it would have expired.
    """

    digest = models.CharField(max_length=64, primary_key=True)
    expires_at = models.DateTimeField(db_index=True)

    class Meta:
        verbose_name = "spent challenge"
        verbose_name_plural = "spent challenges"

    def __str__(self) -> str:
        return self.digest
