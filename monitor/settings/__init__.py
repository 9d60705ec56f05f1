"""Settings from TOML and the environment: ``load`` gives them or says everything that is wrong at once."""

from monitor.settings.loading import config_path, default_config_dir, load
from monitor.settings.model import (
    TIMEZONE,
    Appointment,
    Channel,
    Delivery,
    Digest,
    Folder,
    Settings,
    SlackBot,
    SlackWebhook,
    Smtp,
    Webhook,
)
from monitor.settings.secrets import address, check, problems, queries, secret
from monitor.settings.sources import Source
from monitor.settings.telling import Contact, Hold, Quiet, Reminders, Route

__all__ = [
    "TIMEZONE",
    "Appointment",
    "Channel",
    "Contact",
    "Delivery",
    "Digest",
    "Folder",
    "Hold",
    "Quiet",
    "Reminders",
    "Route",
    "Settings",
    "SlackBot",
    "SlackWebhook",
    "Smtp",
    "Source",
    "Webhook",
    "address",
    "check",
    "config_path",
    "default_config_dir",
    "load",
    "problems",
    "queries",
    "secret",
]
