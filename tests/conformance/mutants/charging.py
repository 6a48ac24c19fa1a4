"""Commands, sessions and bills of a CPO: what it answers, and what it sends to us."""

from typing import Any

from tests.conformance import defects as d

from . import COMMANDS, CPO, add


def _out(name: str, rows: str, make: Any) -> None:
    add(name, rows, make, on=CPO, level=COMMANDS, where="out")


def _fault(name: str, rows: str, fault: str) -> None:
    add(name, rows, None, on=CPO, level=COMMANDS, fault=fault)


def _in(name: str, rows: str, make: Any) -> None:
    add(name, rows, make, on=CPO, level=COMMANDS)


# --- answers to commands ---
_command = d.at("POST", "commands", 1)
_in(
    "commands to unknown locations are ACCEPTED",
    "CMD-08",
    d.answers(
        lambda r, a: (
            d.made(r, 200, 1000, {"result": "ACCEPTED", "timeout": 30}) if a.json["status_code"] == 2003 else None
        ),
        _command,
    ),
)
_in(
    "commands to unknown locations are 2001",
    "CMD-08",
    d.envelope(lambda b: b["status_code"] == 2003 and b.update(status_code=2001) and None, _command),
)
_in(
    "unknown sessions are REJECTED",
    "CMD-08",
    d.data(lambda v: v | {"result": "REJECTED"} if v["result"] == "UNKNOWN_SESSION" else v, _command),
)
_in("the answer to a command lacks its timeout", "CMD-05", d.data(lambda v: {"result": v["result"]}, _command))
_in("the answer to a command is bare", "CMD-05", d.data(lambda v: v["result"], _command))
_in(
    "commands that do not exist are ACCEPTED",
    "CMD-35",
    d.said(lambda r: r.parts[-1:] == ["MAKE_COFFEE"], 200, 1000, {"result": "ACCEPTED", "timeout": 30}),
)
_in(
    "incomplete commands are HTTP 400",
    "TRA-23",
    d.answers(lambda r, a: d.made(r, 400, 2001) if a.json["status_code"] == 2001 else None, _command),
)
_in(
    "tokens of other eMSPs start charges",
    "CMD-22",
    d.answers(
        lambda r, a: (
            d.made(r, 200, 1000, {"result": "ACCEPTED", "timeout": 30})
            if (a.json.get("data") or {}).get("result") == "REJECTED"
            else None
        ),
        _command,
    ),
)
_in("START_SESSION is never accepted", "CMD-05", d.data(lambda v: v | {"result": "REJECTED"}, _command))
_in(
    "charging profiles of unknown sessions are ACCEPTED",
    "CHP-06",
    d.data(lambda v: v | {"result": "ACCEPTED"}, d.at("GET", "chargingprofiles")),
)
_in("preferences for unknown sessions are ACCEPTED", "SES-36", d.said(d.at("PUT", "sessions"), 200, 1000, "ACCEPTED"))

# --- results ---
_result = d.at("POST", "commands", 2)
_fault("results never come", "CMD-09", "result-never")
_fault("results come twice", "CMD-15", "result-twice")
_fault("results come inside an envelope", "CMD-10", "result-wrapped")
_fault("results come from another party", "CMD-12", "result-wrong-peer")
_fault("a start is reported FAILED, but the session comes", "CMD-10", "session-after-failed-command")
_fault("commands are answered HTTP 500 with HTML", "CMD-05", "command-500")
_out("results are no CommandResult", "CMD-11", d.bodies(lambda b: {"result": "DONE"}, _result))
_out(
    "results go to the response_url of another command",
    "CMD-09",
    d.requests(lambda r: setattr(r, "path", r.path[:-4] + "0000"), _result),
)
_out("results carry no token", "CMD-12", d.requests(lambda r: r.headers.pop("Authorization", None), _result))
_out(
    "results carry no routing headers",
    "CMD-36",
    d.requests(
        lambda r: [r.headers.pop(name) for name in list(r.headers) if name.lower().startswith("ocpi-")], _result
    ),
)

# --- sessions ---
_session = d.at("*", "sessions", 3)
_put = d.at("PUT", "sessions", 3)


_out("sessions carry no cdr_token", "SES-21", d.bodies(lambda b: b.pop("cdr_token", None) and None, _session))
_out(
    "sessions carry the contract of somebody else",
    "SES-21",
    d.bodies(
        lambda b: b | {"cdr_token": b["cdr_token"] | {"contract_id": "NL-XXX-C1"}} if "cdr_token" in b else b, _session
    ),
)
_out(
    "sessions lack the authorization_reference",
    "SES-22",
    d.bodies(lambda b: b.pop("authorization_reference", None) and None, _session),
)
_out(
    "sessions name another connector",
    "SES-20",
    d.bodies(lambda b: b | {"connector_id": "99"} if "connector_id" in b else b, _session),
)
_out(
    "sessions are never COMPLETED",
    "SES-14",
    d.bodies(lambda b: b | {"status": "ACTIVE"} if b.get("status") == "COMPLETED" else b, _session),
)
_out("COMPLETED sessions have no end", "SES-17", d.bodies(lambda b: b.pop("end_date_time", None) and None, _session))
_out(
    "sessions go back from ACTIVE to PENDING",
    "SES-14",
    d.bodies(lambda b: b | {"status": "PENDING"} if b.get("status") == "COMPLETED" else b, _session),
)
_out("sessions that are PUT lack their kwh", "SES-01", d.bodies(lambda b: b.pop("kwh", None) and None, _put))
_out(
    "kwh becomes less",
    "SES-24",
    d.bodies(lambda b: b | {"kwh": 0} if b.get("status") == "COMPLETED" else b, _session),
)
_out(
    "pushes are dated backwards",
    "AMB-04",
    d.bodies(lambda b: b | {"last_updated": "2020-01-01T00:00:00Z"} if b.get("status") == "COMPLETED" else b, _session),
)
_out(
    "a PATCH has no last_updated",
    "SES-04",
    d.bodies(lambda b: b.pop("last_updated", None) and None, d.at("PATCH", "sessions", 3)),
)
_out("the id in the URL is another one", "TRA-40", d.requests(lambda r: setattr(r, "path", r.path + "X"), _put))
_out(
    "ids stand directly behind our URL",
    "TRA-46",
    d.requests(lambda r: setattr(r, "path", r.path.replace("/sessions/", "/sessions", 1)), _put),
)
_in(
    "sessions that were pushed are not listed",
    "SES-28",
    d.envelope(lambda b: b.update(data=[]), lambda r: r.is_list and r.module == "sessions"),
)

# --- bills ---
_cdr = d.at("POST", "cdrs")
_fault("bills are wrong", "TCS-01", "wrong-cost")
_fault("periods of CDRs are in Wh", "SES-24 CDR-27", "wh-energy")
_fault("periods of CDRs name no tariff", "CDR-28", "missing-tariff-id")
_fault("CDRs are sent twice", "CDR-07", "duplicate-cdr")
_fault("CDRs are sent twice, the second time with other contents", "CDR-06", "duplicate-cdr=different")
_out("total_energy is not that of the periods", "CDR-27", d.bodies(lambda b: b | {"total_energy": 99.0}, _cdr))
_out("total_time is not that of the session", "CDR-27", d.bodies(lambda b: b | {"total_time": 77.0}, _cdr))
_out(
    "total_cost is 10 % too high",
    "TCS-01",
    d.bodies(lambda b: b | {"total_cost": {k: round(v * 1.1 + 0.5, 2) for k, v in b["total_cost"].items()}}, _cdr),
)
_out("CDRs carry no tariff", "CDR-28", d.bodies(lambda b: b | {"tariffs": []}, _cdr))
_out(
    "periods name a tariff that is not in the CDR",
    "CDR-28",
    d.bodies(lambda b: b | {"charging_periods": [p | {"tariff_id": "X"} for p in b["charging_periods"]]}, _cdr),
)
_out("CDRs have no charging periods", "CDR-01", d.bodies(lambda b: b | {"charging_periods": []}, _cdr))
_out(
    "charging periods begin before the session",
    "CDR-20",
    d.bodies(
        lambda b: (
            b | {"charging_periods": [p | {"start_date_time": "2020-01-01T00:00:00Z"} for p in b["charging_periods"]]}
        ),
        _cdr,
    ),
)
_out(
    "CDRs lack the authorization_reference",
    "CDR-23",
    d.bodies(lambda b: b.pop("authorization_reference", None) and None, _cdr),
)
_out(
    "CDRs carry another token",
    "CDR-16",
    d.bodies(lambda b: b | {"cdr_token": b["cdr_token"] | {"uid": "SOMEBODY"}}, _cdr),
)
_out(
    "CDRs name another EVSE",
    "CDR-25",
    d.bodies(lambda b: b | {"cdr_location": b["cdr_location"] | {"evse_uid": "OTHER"}}, _cdr),
)
_out("debits are negative", "CDR-11", d.bodies(lambda b: b | {"total_cost": {"excl_vat": -3.0}}, _cdr))
_in(
    "CDRs are not listed", "CDR-33", d.envelope(lambda b: b.update(data=[]), lambda r: r.is_list and r.module == "cdrs")
)
_in(
    "sessions of other eMSPs are listed",
    "SES-21",
    d.items(lambda f: [*f, {"id": "1", "cdr_token": {"country_code": "XX", "party_id": "ZZZ"}}], "sessions"),
)
_in(
    "CDRs of other eMSPs are listed",
    "CDR-33",
    d.items(lambda f: [*f, {"id": "1", "cdr_token": {"country_code": "XX", "party_id": "ZZZ"}}], "cdrs"),
)

# --- what they send in general ---
_fault("their token is sent as it is", "TRA-03", "plain-token")
_fault("their token ends in a newline", "TRA-04", "newline-token")
_fault("their requests carry no routing headers", "HUB-01", "no-routing-headers")
_fault("ActiveChargingProfiles come unasked", "CHP-14", "active-profile-unasked")
_out("their requests carry no X-Request-ID", "TRA-32", d.requests(lambda r: r.headers.pop("X-Request-ID", None)))
_out("their requests share one X-Request-ID", "TRA-32", d.requests(lambda r: r.headers.update({"X-Request-ID": "1"})))
_out(
    "their requests carry no X-Correlation-ID", "TRA-33", d.requests(lambda r: r.headers.pop("X-Correlation-ID", None))
)
_out("their bodies are text/plain", "TRA-12", d.requests(lambda r: r.headers.update({"Content-Type": "text/plain"})))
_out(
    "their version requests carry routing headers",
    "HUB-03",
    d.requests(lambda r: r.headers.update({"OCPI-to-party-id": "KIT"}), lambda r: r.module in ("versions", "details")),
)
_out(
    "they send locations of other parties",
    "TRA-39",
    d.requests(lambda r: setattr(r, "path", r.path.replace("/NL/CPO/", "/XX/ZZZ/")), d.at("*", "locations", 3)),
)
