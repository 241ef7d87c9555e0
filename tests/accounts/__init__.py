"""Webex accounts: their tokens, seals and pauses."""
