"""The rows that the requests find: a CPO, its stations, cards, and charges that run. Stored by the product itself."""

import os

import django


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "emsp_project.settings")
    django.setup()
    from ocpi.core import clock
    from ocpi.locations import services as locations
    from ocpi.protocol import locations as location_wire
    from ocpi.protocol import sessions as session_wire
    from ocpi.protocol.headers import PartyId
    from ocpi.sessions import services as sessions
    from ocpi.tokens.models import Token
    from tests import factories

    from .load import CONNECTIONS
    from .wire import CARDS, PLACES, TOKEN, card, place

    cpo, party = factories.partner(name="CPO", token=TOKEN), PartyId("NL", "CPO")
    for n in range(PLACES):
        locations.put(partner=cpo, party=party, location=location_wire.Location.from_wire(place(n)))
    rows = [
        Token(country_code="NL", party_id="EMS", uid=card(n), type="RFID", contract_id=f"NL-EMS-C{n:07}",
              issuer="Open eMSP", last_updated=clock.now())
        for n in range(CARDS)
    ]  # fmt: skip
    for row in rows:
        row.build_payload(row.uid)
    Token.objects.bulk_create(rows)
    for n in range(CONNECTIONS * 20):
        body = factories.session(id=f"K{n // 20}-{n % 20}", location_id=f"L{n % PLACES}",
                                 cdr_token=factories.cdr_token(uid=card(n)))  # fmt: skip
        sessions.put(partner=cpo, party=party, session=session_wire.Session.from_wire(body))


if __name__ == "__main__":
    main()
