"""書けない (refusal): what a verb of the room says when a form cannot be taken as it was sent."""


class Refused(ValueError):
    """書けない: the message says in Japanese what is wrong and what to do; `field` is the field it belongs to."""

    def __init__(self, message: str, field: str = "") -> None:
        super().__init__(message)
        self.field = field
