"""The switchboard: ways in which a real partner misbehaves, each one entry of a table.

A fault acts at one point of the platform. The code at that point hands its subject to `Switchboard.run`, and every
fault that is switched on may change it. To add a fault, write a function `(subject, value, **context) -> subject` in
the file of its subject, and one entry in `table.py`.
"""

from mock_cpo.faults.board import Delivery, Fault, Interference, Parameter, Point, Push, Switchboard, UnknownFault
from mock_cpo.faults.table import FAULTS

__all__ = [
    "FAULTS", "Delivery", "Fault", "Interference", "Parameter", "Point", "Push", "Switchboard", "UnknownFault",
]  # fmt: skip
