"""What lessons let happen, by name: each act does something for real, on our side or at the world's chargers.

An act is a function of the stage and its own arguments. What people do there (drivers, operators) is told as an event,
because it is no message of OCPI: it stands in the diagram between the messages that it causes.
"""

from . import charging, connecting, objects
from .stage import ACTS, Stage, play

__all__ = ["ACTS", "Stage", "charging", "connecting", "objects", "play"]
