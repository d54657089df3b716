"""A day and hour by a client's own clock."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django import forms

from campaigns.forms import DateField


class LaterForm(forms.Form):
    """When a launch is to begin. After `is_valid`: `at`, an instant."""

    day = DateField(label="Day")
    hour = forms.TimeField(
        label="Hour",
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        error_messages={"required": "Choose an hour.", "invalid": "Write the hour as 09:30."},
    )

    def __init__(self, *args: Any, zone: str, **kwargs: Any) -> None:
        self.zone = ZoneInfo(zone)
        super().__init__(*args, **kwargs)
        self.fields["day"].required = True
        self.fields["day"].error_messages["required"] = "Choose a day."

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or self.cleaned_data
        if given.get("day") and given.get("hour"):
            # An hour that the clocks show twice is meant the first time.
            local = datetime.combine(given["day"], given["hour"], tzinfo=self.zone)
            given["at"] = local.astimezone(UTC)
            if given["at"].astimezone(self.zone).replace(tzinfo=None) != local.replace(tzinfo=None):
                self.add_error(
                    "hour",
                    "The clocks are put forward that night, so this hour does not come. Choose another.",
                )
        return given
