"""The two rows of a sign-up."""

from django.db import models


class SignUp(models.Model):
    """What somebody sent: the standard fields, and the answers in columns of their own."""

    first_name = models.CharField(max_length=100)
    last_name = models.CharField(max_length=100)
    email = models.EmailField(max_length=254, unique=True)
    job_title = models.CharField(max_length=150)
    company_name = models.CharField(max_length=150)
    address1 = models.CharField(max_length=200)
    address2 = models.CharField(max_length=200)
    city = models.CharField(max_length=100)
    state = models.CharField(max_length=100)
    zip_code = models.CharField(max_length=20)
    country_region = models.CharField(max_length=100)
    work_phone = models.CharField(max_length=40)
    fax = models.CharField(max_length=40)
    heard = models.CharField(max_length=1)
    topics = models.CharField(max_length=20)
    products = models.CharField(max_length=1)
    role = models.CharField(max_length=120)
    question = models.CharField(max_length=500)
    sent_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        app_label = "floor"

    def __str__(self) -> str:
        return self.email


class Mail(models.Model):
    """A mail that waits to be sent."""

    sign_up = models.ForeignKey(SignUp, models.CASCADE)
    kind = models.CharField(max_length=20)
    due_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        app_label = "floor"

    def __str__(self) -> str:
        return self.kind
