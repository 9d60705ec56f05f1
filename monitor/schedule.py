"""When the jobs of the settings are due: what the scheduler keeps to, and the health check holds it to."""

from apscheduler.triggers.cron import CronTrigger

from monitor.place import JST
from monitor.settings import Appointment


def trigger(appointment: Appointment) -> CronTrigger:
    """The trigger of an appointment; the zone must be given, or it would take the machine's."""
    return CronTrigger(day_of_week=appointment.days, hour=appointment.hour, minute=appointment.minute, timezone=JST)
