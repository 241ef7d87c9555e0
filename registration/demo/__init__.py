"""The demonstration: the whole main job on one machine, without a Webex account."""
