"""A form field for a region, chosen level by level and sent as ``<name>_1`` … ``<name>_n``."""

from collections.abc import Sequence
from typing import Any

from wtforms import StringField
from wtforms.utils import unset_value
from wtforms.validators import ValidationError

from marketplace.regions import picker


class RegionField(StringField):
    """``data`` is the lowest code chosen, or "". ``levels`` is what ``region_picker`` shows.

    ``complete`` wants a choice at the lowest level that has any (some places have no level below).
    """

    def __init__(
        self,
        label: str | None = None,
        validators: list[Any] | None = None,
        *,
        root: str = picker.CITY_CODE,
        labels: Sequence[str] = picker.BELOW_CITY,
        complete: bool = True,
        **kwargs: Any,
    ) -> None:
        super().__init__(label, validators, **kwargs)
        self.root = root
        self.labels = labels
        self.complete = complete
        self.levels: list[picker.Level] = []

    def process(self, formdata: Any, data: Any = unset_value, extra_filters: Any = None) -> None:
        super().process(formdata, data, extra_filters)
        if formdata is not None and f"{self.name}_1" in formdata:
            chosen = picker.chosen_in(formdata, self.name, len(self.labels))
        else:
            chosen = picker.path_below(self.root, self.data)
        self.levels = picker.levels(self.root, self.labels, chosen)
        self.data = picker.deepest(self.levels)

    def pre_validate(self, form: Any) -> None:
        open_level = next((level for level in self.levels if not level.code and level.choices), None)
        if self.complete and open_level is not None:
            raise ValidationError(f"请选{open_level.label}")


def only_next_level(values: Any, name: str) -> bool:
    """Whether the form was sent, without script, only to see the next level of a region."""
    return bool(values.get(f"{name}_next"))
