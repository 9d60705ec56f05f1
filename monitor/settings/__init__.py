"""Settings from TOML and the environment: ``load`` gives them or says everything that is wrong at once."""

from monitor.settings.loading import config_path, default_config_dir, load
from monitor.settings.model import (
    TIMEZONE,
    Appointment,
    Channel,
    Delivery,
    Digest,
    Folder,
    Route,
    Settings,
    SlackBot,
    SlackWebhook,
    Smtp,
    Webhook,
)
from monitor.settings.secrets import check, problems, secret

__all__ = [
    "TIMEZONE",
    "Appointment",
    "Channel",
    "Delivery",
    "Digest",
    "Folder",
    "Route",
    "Settings",
    "SlackBot",
    "SlackWebhook",
    "Smtp",
    "Webhook",
    "check",
    "config_path",
    "default_config_dir",
    "load",
    "problems",
    "secret",
]
