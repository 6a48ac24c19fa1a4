"""The mandatory rows of the requirements checklist that concern this platform as a server: ID → who must.

`both` rows bind the mock CPO as well. Rows that bind a client only, recommendations and our own decisions are not here.
"""

_ROWS = {
    ("TRA", "both"): """
        01 03 04 11 12 13 14 15 20 21 29 32 33 42 48 49 52
    """,
    ("TRA", "EMSP-serves"): """
        02 08 09 10 22 23 30 35 36 38 39 40
    """,
    ("PAG", "EMSP-serves"): """
        01 02 03 05 06 07 08 09 10 11 12 15 18
    """,
    ("VER", "both"): """
        01 02 05 07 09 14 16 17 19 20
    """,
    ("VER", "EMSP-serves"): """
        03 08
    """,
    ("CRE", "both"): """
        01 23 29 30 32 33 34 35
    """,
    ("CRE", "EMSP-serves"): """
        03 06 07 08 10 11 15 17 19 20 24 27 31
    """,
    ("LOC", "EMSP-serves"): """
        01 02 03 04 05 08 09 15 16 19 20 23 24 25 28 29 30 35 37 38 41 42 47 51
    """,
    ("LOC", "both"): """
        32 33 34 40
    """,
    ("SES", "EMSP-serves"): """
        01 02 03 04 05 06 08 11 13 14 15 17 18 19 21 22 23 24 25
    """,
    ("SES", "both"): """
        16
    """,
    ("CDR", "EMSP-serves"): """
        01 02 03 04 06 08 10 11 12 15 16 17 19 24 26 27 30 31 32 34 36
    """,
    ("CDR", "both"): """
        09 20 22 23 25 28
    """,
    ("TAR", "EMSP-serves"): """
        01 02 03 06 11 12 13 14 15 16 20
    """,
    ("TAR", "both"): """
        08 09 17 18 19
    """,
    ("TOK", "EMSP-serves"): """
        01 02 06 07 08 09 10 11 12 13 14 15 17 30
    """,
    ("TOK", "both"): """
        26 27 33 34 35
    """,
    ("CMD", "both"): """
        06 29 36
    """,
    ("CMD", "EMSP-serves"): """
        10 11 12 16 32
    """,
}

MANDATORY = {f"{section}-{number}": who for (section, who), numbers in _ROWS.items() for number in numbers.split()}
