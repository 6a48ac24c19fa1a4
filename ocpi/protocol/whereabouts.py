"""Where countries roughly lie: enough to see that somebody took latitude for longitude (FLD-09), and no more."""

# Degrees, generous: south, north, west, east. Overseas territories lie outside, and are not suspected for it.
_BOXES: dict[str, tuple[float, float, float, float]] = {
    "ALB": (39, 43, 19, 22), "ARE": (22, 27, 51, 57), "AUS": (-44, -9, 112, 155), "AUT": (46, 50, 9, 18),
    "BEL": (49, 52, 2, 7), "BGR": (41, 45, 22, 29), "BIH": (42, 46, 15, 20), "BRA": (-34, 6, -74, -34),
    "CAN": (41, 84, -142, -52), "CHE": (45, 48, 5, 11), "CYP": (34, 36, 32, 35), "CZE": (48, 52, 12, 19),
    "DEU": (47, 56, 5, 16), "DNK": (54, 58, 8, 16), "ESP": (27, 44, -19, 5), "EST": (57, 60, 21, 29),
    "FIN": (59, 71, 19, 32), "FRA": (41, 52, -6, 10), "GBR": (49, 61, -9, 2), "GRC": (34, 42, 19, 30),
    "HRV": (42, 47, 13, 20), "HUN": (45, 49, 16, 23), "IND": (6, 36, 68, 98), "IRL": (51, 56, -11, -5),
    "ISL": (63, 67, -25, -13), "ISR": (29, 34, 34, 36), "ITA": (35, 48, 6, 19), "JPN": (24, 46, 122, 146),
    "KOR": (33, 39, 124, 132), "LTU": (53, 57, 20, 27), "LUX": (49, 51, 5, 7), "LVA": (55, 59, 20, 29),
    "MEX": (14, 33, -119, -86), "MKD": (40, 43, 20, 24), "MLT": (35, 37, 14, 15), "MNE": (41, 44, 18, 21),
    "NLD": (50, 54, 3, 8), "NOR": (57, 72, 4, 32), "NZL": (-48, -34, 166, 179), "POL": (49, 55, 14, 25),
    "PRT": (32, 43, -32, -6), "ROU": (43, 49, 20, 30), "SRB": (42, 47, 18, 24), "SVK": (47, 50, 16, 23),
    "SVN": (45, 47, 13, 17), "SWE": (55, 70, 10, 25), "TUR": (35, 43, 25, 45), "UKR": (44, 53, 22, 41),
    "USA": (24, 50, -125, -66), "ZAF": (-35, -22, 16, 33),
}  # fmt: skip


def look_swapped(country: str, latitude: float, longitude: float) -> bool:
    """Whether the point is outside of its country (ISO 3166-1 alpha-3), and inside once its two numbers change places.

    False for countries that are not in the table.
    """
    box = _BOXES.get(country)
    return box is not None and not _within(box, latitude, longitude) and _within(box, longitude, latitude)


def _within(box: tuple[float, float, float, float], latitude: float, longitude: float) -> bool:
    south, north, west, east = box
    return south <= latitude <= north and west <= longitude <= east
