"""A charge point operator in a box: an independent OCPI 2.2.1 platform that runs on one laptop beside the eMSP.

It speaks HTTP and ``ocpi.protocol`` and shares no other line with the eMSP, so that a fault on one side cannot hide
behind the same fault on the other. State lives in memory and is rebuilt at every start.
"""
