"""The two rows of a sign-up, and those of a registration that can be cancelled."""

from django.db import models


class Sent(models.Model):
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
    heard = models.CharField(max_length=20)
    topics = models.CharField(max_length=20)
    products = models.CharField(max_length=20)
    role = models.CharField(max_length=120)
    question = models.CharField(max_length=500)
    sent_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.email


class SignUp(Sent):
    """Somebody who signs up."""

    class Meta:
        app_label = "floor"


class Registration(Sent):
    """Somebody who has signed up: the one table by whose token an own page is found."""

    token = models.CharField(max_length=43, unique=True)
    cancelled_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "floor"


class Mail(models.Model):
    """A mail that waits to be sent."""

    sign_up = models.ForeignKey(SignUp, models.CASCADE)
    kind = models.CharField(max_length=20)
    due_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        app_label = "floor"

    def __str__(self) -> str:
        return self.kind


class Notice(models.Model):
    """A mail that waits to be sent, to somebody who cancelled."""

    registration = models.ForeignKey(Registration, models.CASCADE)
    kind = models.CharField(max_length=20)
    due_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        app_label = "floor"

    def __str__(self) -> str:
        return self.kind
