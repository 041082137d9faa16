"""The ways to divide one saving over interventions; Shapley's decides, the others compare."""

from typing import Final

from domains.benefits.methods.last_touch import LAST_TOUCH
from domains.benefits.methods.model import Method
from domains.benefits.methods.proportional import PROPORTIONAL
from domains.benefits.methods.shapley import SHAPLEY

METHODS: Final[tuple[Method, ...]] = (SHAPLEY, PROPORTIONAL, LAST_TOUCH)
"""The first one is booked; the others are only shown beside it."""
