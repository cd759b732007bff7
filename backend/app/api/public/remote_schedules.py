"""A remote's schedule as one of Atlas's: both write it as Airbyte's API does."""

from pydantic import ValidationError

from app.api.public.schedules import ScheduleBody
from app.core.errors import ScheduleInvalid
from app.core.schedules import Schedule
from app.remote import shapes


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
