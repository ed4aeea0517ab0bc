"""The instances that no run is trained on, so that any run can be measured on them."""

from stages.model.chance import chosen, fraction

PURPOSE = "holdout"


def is_held_out(instance_id: str, share: float) -> bool:
    """Whether an instance is held out of all runs, where `share` (0 to 1) of all instances are.

    It follows from the id alone, which is a hash of the content: the same text is held out in every part and version.
    """
    return chosen(PURPOSE, instance_id, share)


def rank(instance_id: str) -> float:
    """Where an instance stands among the held-out ones of its part; the lowest are measured first."""
    return fraction(PURPOSE, instance_id)
