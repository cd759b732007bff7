"""What every command begins with: the settings, or a line that says what is wrong with them."""

import sys

import typer
from pydantic import ValidationError

from app.core.logging import set_up_logging
from app.core.settings import Settings


def settings_of_environment(*, quiet: bool) -> Settings:
    """The settings, and logging set up by them.

    Shape: `quiet` logs warnings alone unless the settings say otherwise, because progress is shown instead.
    Errors: typer.Exit, once the setting that is wrong is named on stderr.
    """
    try:
        settings = Settings()
    except ValidationError as error:
        for wrong in error.errors():
            name = "_".join(str(part) for part in wrong["loc"])
            named = Settings.variable(name) if name in Settings.model_fields else "ATLAS_"
            said = wrong["msg"].removeprefix("Value error, ")
            print(f"atlas: the setting {named} is wrong: {said}.", file=sys.stderr)
        raise typer.Exit(2) from None
    if quiet and "log_level" not in settings.model_fields_set:
        settings = settings.model_copy(update={"log_level": "WARNING"})
    set_up_logging(settings)
    return settings
