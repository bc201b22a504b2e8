"""The artifact repository's way in and out, GitHub issues and the Slack message."""
