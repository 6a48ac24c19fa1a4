"""The mandatory rows of the requirements checklist that concern this platform, server and client: ID → who must.

`both` rows bind the mock CPO as well. Recommendations and our own decisions are not here.
"""

_ROWS = {
    ("TRA", "both"): """
        01 03 04 11 12 13 14 15 20 21 29 32 33 42 48 49 52
    """,
    ("TRA", "EMSP-serves"): """
        02 08 09 10 22 23 30 35 36 38 39 40
    """,
    ("TRA", "EMSP-calls"): """
        18 19 47
    """,
    ("PAG", "EMSP-serves"): """
        01 02 03 05 06 07 08 09 10 11 12 15 18
    """,
    ("PAG", "EMSP-calls"): """
        19 25 26 27
    """,
    ("HUB", "both"): """
        01 02 03 12 16 21
    """,
    ("HUB", "EMSP-serves"): """
        05 07 09
    """,
    ("HUB", "EMSP-calls"): """
        10 11 13 14 15 17
    """,
    ("VER", "both"): """
        01 02 05 07 09 14 16 17 19 20
    """,
    ("VER", "EMSP-serves"): """
        03 08
    """,
    ("VER", "EMSP-calls"): """
        10 12 13
    """,
    ("CRE", "both"): """
        01 23 29 30 32 33 34 35
    """,
    ("CRE", "EMSP-serves"): """
        03 06 07 08 10 11 15 17 19 20 24 27 31
    """,
    ("CRE", "EMSP-calls"): """
        04 05 18 22 25 37
    """,
    ("LOC", "both"): """
        32 33 34 40
    """,
    ("LOC", "EMSP-serves"): """
        01 02 03 04 05 08 09 15 16 19 20 23 24 25 28 29 30 35 37 38 41 42 47 51
    """,
    ("LOC", "EMSP-calls"): """
        26 48 49
    """,
    ("SES", "both"): """
        16
    """,
    ("SES", "EMSP-serves"): """
        01 02 03 04 05 06 08 11 13 14 15 17 18 19 21 22 23 24 25
    """,
    ("SES", "EMSP-calls"): """
        27 28 29 30 31 32 34 35
    """,
    ("CDR", "both"): """
        09 20 22 23 25 28
    """,
    ("CDR", "EMSP-serves"): """
        01 02 03 04 06 08 10 11 12 15 16 17 19 24 26 27 30 31 32 34 36
    """,
    ("CDR", "EMSP-calls"): """
        33 35
    """,
    ("TAR", "both"): """
        08 09 17 18 19
    """,
    ("TAR", "EMSP-serves"): """
        01 02 03 06 11 12 13 14 15 16 20
    """,
    ("TAR", "EMSP-calls"): """
        07
    """,
    ("TOK", "both"): """
        26 27 33 34 35
    """,
    ("TOK", "EMSP-serves"): """
        01 02 06 07 08 09 10 11 12 13 14 15 17 30
    """,
    ("TOK", "EMSP-calls"): """
        19 20 21 22 23 24
    """,
    ("CMD", "both"): """
        06 29 36
    """,
    ("CMD", "EMSP-serves"): """
        10 11 12 16 32
    """,
    ("CMD", "EMSP-calls"): """
        01 02 03 05 07 09 18 19 20 21 23 25 27 31 33 37
    """,
    ("CHP", "both"): """
        07 15 16 17 18 27
    """,
    ("CHP", "EMSP-serves"): """
        08 09 10 11 23
    """,
    ("CHP", "EMSP-calls"): """
        01 02 03 06 19 20 21 29
    """,
    ("HCI", "both"): """
        12 14
    """,
    ("HCI", "EMSP-serves"): """
        01 02 04 13
    """,
    ("HCI", "EMSP-calls"): """
        07 08 09 10 11 15
    """,
    ("TYP", "both"): """
        01 02 03 04 05 06 07 08 10 11 12 13 14 15 16 17 22
    """,
}

MANDATORY = {f"{section}-{number}": who for (section, who), numbers in _ROWS.items() for number in numbers.split()}
