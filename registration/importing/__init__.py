"""What an import of a Webex meeting is made of; the verb itself is flow/form_import.py."""
