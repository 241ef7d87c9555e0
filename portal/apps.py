"""The admin of the site."""

from django.contrib.admin.apps import AdminConfig


class StaffAdminConfig(AdminConfig):
    """Django's admin, with the portal's own pages."""

    default_site = "portal.staff.StaffSite"
