"""OCPI 2.2.1 as plain Python: no Django, no HTTP, no clock.

One file per chapter of the specification (`types`, `versions`, `credentials`, `locations`, `sessions`, `cdrs`,
`tariffs`, `tokens`, `commands`, `chargingprofiles`, `hubclientinfo`), and beside them what every chapter needs:
`envelope`, `headers`, `paging`, `merge` (PATCH), `states` (life cycles) and `errors`.

The rule of the package: strict in what it writes, lenient in what it reads, and every leniency is a decision that a
comment names. The classes and fields carry the names of the specification.
"""
