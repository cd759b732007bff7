"""A remote's schedule as one of Atlas's: both write it as Airbyte's API does."""

from pydantic import ValidationError

from app.api.public.schedules import ScheduleBody
from app.core.connections import Connection
from app.core.errors import ScheduleInvalid
from app.core.schedules import Schedule
from app.database.pool import Connection as Session
from app.remote import shapes
from app.sync.remotes.importing import Found
from app.sync.timetables import schedules


def schedule_of(told: shapes.Schedule) -> Schedule:
    """Errors: CronInvalid, ScheduleInvalid."""
    try:
        body = ScheduleBody.model_validate(
            {
                "scheduleType": told.schedule_type,
                "cronExpression": told.cron_expression,
                "basicTiming": told.basic_timing,
            }
        )
    except ValidationError:
        raise ScheduleInvalid(
            "The remote's schedule is of a kind that Atlas does not have."
        ) from None
    return body.wanted()


async def keep_schedule(
    session: Session, found: Found, made: Connection, *, shortest_s: float
) -> None:
    """Let Atlas start a connection when the remote did so far.

    Errors: CronInvalid, TimeZoneUnknown, ScheduleInvalid; the import is not done then.
    """
    wanted = schedule_of(found.connection.schedule)
    await schedules.keep(session, made.connection_id, wanted, shortest_s=shortest_s)
