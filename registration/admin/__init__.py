"""The staff's side: the Django admin."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from registration.admin import accounts, batches, drift, mails, meetings, questions, submissions

__all__ = ["accounts", "batches", "drift", "mails", "meetings", "questions", "submissions"]

admin.site.site_header = _("Webex registration")
admin.site.site_title = _("Webex registration")
# The lists are wide, and there is little to navigate to.
admin.site.enable_nav_sidebar = False
admin.site.index_title = _("Meetings and registrations")
