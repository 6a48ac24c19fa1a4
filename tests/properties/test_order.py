"""Any order and any repetition of a charge's pushes end in the same final rows as the right order (AMB-04, FLD-20)."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import transaction
from hypothesis import given, seed
from hypothesis import strategies as st

from ocpi.cdrs import checks
from ocpi.cdrs.models import CDR
from ocpi.locations.models import Connector, Location
from ocpi.sessions.models import Session
from ocpi.tariffs.models import TariffVersion
from tests import factories
from tests.callers import Caller
from tests.properties import THOROUGH, examples
from tests.properties.sender import LOCATION, NO_NEWS, SESSION, Push, charges, deliveries

INTERNAL = {"id", "received_at", "changed_at", "checked_at", "replaced_at", "field_times", "final_since", "position"}
INTERNAL |= {"changed_after_end", "since", "hidden_at", "_state"}


@contextmanager
def fresh() -> Iterator[None]:
    """As if nothing had come before."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def columns(row: Any) -> dict[str, Any]:
    """Without what differs from one example to the next: keys of rows, and when they were written."""
    shown = {name: value for name, value in vars(row).items() if name not in INTERNAL and not name.endswith("_cache")}
    return {name: value for name, value in shown.items() if not (name.endswith("_id") and isinstance(value, int))}


def final_rows(cpo: Caller) -> dict[str, Any]:
    """What partners see, what apps and operators see, and the verdict on the bill."""
    for pk in checks.waiting():
        checks.check(pk)
    place, session, bill = Location.objects.get(), Session.objects.get(), CDR.objects.get()
    evses = {evse.uid: columns(evse) for evse in place.evses.filter(hidden_at=None)}
    seen = cpo.get(*LOCATION).data
    return {
        "location": {**seen, "evses": sorted(seen["evses"], key=lambda evse: evse["uid"])},
        "location row": columns(place),
        "EVSE rows": evses,
        "connector rows": {
            (row.evse.uid, row.connector_id): row.tariff_ids
            for row in Connector.objects.filter(hidden_at=None, evse__hidden_at=None).select_related("evse")
        },
        "tariff": cpo.get("tariffs", "NL", "CPO", "T1").data,
        "versions": [v.payload for v in TariffVersion.objects.order_by("last_updated", "pk")],
        "session": cpo.get(*SESSION).data,
        "session row": (columns(session), session.location_row_id == place.pk, session.token_row_id is not None),
        "bill": cpo.get("cdrs", "D1").data,
        "bill row": (columns(bill), bill.session_row_id == session.pk),
        "findings": [(f.code, f.amount) for f in bill.findings.order_by("code", "pk")],
    }


def differences(found: Any, expected: Any, path: str = "") -> list[str]:
    """Where two states differ, one path a line."""
    if isinstance(found, dict) and isinstance(expected, dict):
        names = [*expected, *(name for name in found if name not in expected)]
        return [line for name in names for line in differences(found.get(name), expected.get(name), f"{path}/{name}")]
    return [] if found == expected else [f"{path}: {found}, in the right order {expected}"]


class Delivery:
    """Pushes arrive one after the other. `last`: the CPO's newest state, which it PUTs if it asks itself anew."""

    def __init__(self, cpo: Caller, pushes: list[Push]) -> None:
        self.cpo, self.pushes, self.put_again = cpo, pushes, 0

    def send(self, push: Push, newest: bool = False) -> None:
        answer = self.cpo.request(push.method, *push.path, body=push.body)
        if answer.status[0] == NO_NEWS:
            self.put_whole(push, newest)
        else:
            assert answer.body["status_code"] == 1000, answer.message

    def put_whole(self, push: Push, newest: bool) -> None:
        """As it was after that change, or as it is now (SES-09, SES-10)."""
        self.put_again += 1
        path = push.path[:4]
        if newest:
            push = [each for each in self.pushes if each.path[:4] == path][-1]
        assert self.cpo.put(*path, body=push.whole).body["status_code"] == 1000


@pytest.mark.timeout(1200)
@pytest.mark.requirement("AMB-04", "LOC-52", "LOC-06", "SES-05", "SES-07", "SES-09", "SES-10", "TRA-37", "FLD-20")
@pytest.mark.parametrize("part", range(20 if THOROUGH else 2))
def test_any_order_and_any_repetition_end_in_the_rows_of_the_right_order(cpo: Caller, part: int) -> None:
    @seed(part)
    @examples(25, 26)
    @given(data=st.data())
    def holds(data: st.DataObject) -> None:
        pushes = data.draw(charges())
        numbers = data.draw(deliveries(len(pushes)))
        with fresh():
            factories.token()
            for push in pushes:
                Delivery(cpo, pushes).send(push)
            expected, flagged = final_rows(cpo), Session.objects.get().changed_after_end
        with fresh():
            factories.token()
            delivery = Delivery(cpo, pushes)
            for number in numbers:
                delivery.send(pushes[number], newest=data.draw(st.booleans()))
            found = final_rows(cpo)
            if differing := differences(found, expected):
                pytest.fail("\n".join(differing))
            # A CPO that PUT its state of later did not tell when the session was over.
            assert delivery.put_again or Session.objects.get().changed_after_end == flagged

    holds()
