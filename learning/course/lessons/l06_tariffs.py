"""Lesson 6: what a tariff says, and what a charge costs by it."""

from typing import Any

from ..claims import CPO, EMSP, Fact, Seen, Stored
from ..lesson import Break, Choice, Lesson, Look, Message, Option, Predict, Quiz, Run, Say, Write, act

OWN: dict[str, Any] = {"country_code": "{country}", "party_id": "{party}", "currency": "EUR", "last_updated": "{now}"}
AT = ["{country}", "{party}"]
PLACE: dict[str, Any] = {"location_id": "NLKHV01", "evse_uid": "NLKHV01-01", "kwh": 20, "minutes": 60}


def energy(price: float, step: int = 1) -> list[dict[str, Any]]:
    return [{"price_components": [{"type": "ENERGY", "price": price, "vat": 21, "step_size": step}]}]


def put(**changes: Any) -> Any:
    """The CPO changes the tariff NL-ENERGY."""
    body = OWN | {"id": "NL-ENERGY", "elements": energy(0.42)} | changes
    return act("send", side=CPO, method="PUT", module="tariffs", path=[*AT, "NL-ENERGY"], body=body)


def linked(*tariffs: str) -> Any:
    """The connector's tariffs are these."""
    path = [*AT, "NLKHV01", "NLKHV01-01", "1"]
    body = {"tariff_ids": list(tariffs), "last_updated": "{now}"}
    return act("send", side=CPO, method="PATCH", module="locations", path=path, body=body)


LIST = Seen(
    "the CPO lists its tariffs", EMSP, "GET", r"/cpo/2\.2\.1/tariffs", 200, 1000, got={"data.2.id": "NL-ENERGY"}
)
MINE = {"side": CPO, "claims": (
    Seen("you PUT the tariff, and it is created", CPO, "PUT", r"/tariffs/{country}/{party}/NIGHT$", 201, 1000),
    Stored("we keep it: 0.25 per kWh", "tariff", {"tariff_id": "night"},
           {"elements.0.price_components.0.price": 0.25, "currency": "EUR"}),
)}  # fmt: skip
NIGHT = OWN | {"id": "NIGHT", "elements": energy(0.25)}

LESSON = Lesson(
    number=6,
    key="tariffs",
    title="Tariffs, and what a charge costs",
    minutes=12,
    story=(
        "Before she plugs in, the driver wants to know what it will cost. The CPO has told us its tariffs; our app "
        "must "
        "say the price before the charge, and check the bill after it. Both by the same few rules."
    ),
    reading=("11 Tariffs module", "11.3.2 Tariff", "11.4.2 PriceComponent", "11.4.6 TariffRestrictions"),
    prepare=(act("register"), act("pull", module="locations")),
    steps=(
        Say(
            "Elements, components, restrictions",
            "A tariff is a list of **elements**. Each has **price components** and perhaps **restrictions** that say "
            "when "
            "it applies. For each kind of component the **first** element that applies at that moment counts; the rest "
            "of the list is not looked at.\n\n"
            "`ENERGY` is a price per kWh, `TIME` and `PARKING_TIME` per hour, `FLAT` once per charge. All without VAT. "
            "`step_size` rounds up what is billed: Wh for energy, seconds for time.",
        ),
        Run(
            "Fetch the price list",
            "We pull the CPO's tariffs. Connectors name theirs by id, in `tariff_ids`.",
            acts=(act("pull", module="tariffs", full=True),),
            claims=(
                LIST,
                Stored("one of them has three steps, by the energy charged", "tariff", {"tariff_id": "nl-tiers"},
                       {"elements.#": 3, "elements.0.restrictions.max_kwh": 10, "elements.1.restrictions.min_kwh": 10,
                        "currency": "EUR"}),
            ),
        ),
        Look(
            "A simple one",
            "The third of the list: one element, one component, no restriction. Energy at any time costs the same.",
            at=LIST,
            fields=(
                ("answer.data.2.elements.0.price_components.0.type", "what is counted: energy"),
                ("answer.data.2.elements.0.price_components.0.price", "per kWh, without VAT"),
                ("answer.data.2.elements.0.price_components.0.vat", "percent; missing means: not known, not zero"),
                ("answer.data.2.elements.0.price_components.0.step_size", "1 Wh: nothing is rounded up"),
                ("answer.data.2.tariff_alt_text", "for people; it binds nobody"),
            ),
        ),
        Predict(
            "Three steps",
            "By NL-TIERS the first 10 kWh cost 0.35 each, the next 20 cost 0.45, and whatever is beyond 0.55. What do "
            "40 kWh cost, without VAT?",
            options=(
                Option("14.00: 40 × 0.35, the first element counts",
                       "It counts only as long as it applies: up to 10 kWh.", (Fact("14.00", "estimate", 14.0),)),
                Option("18.00: 10 × 0.35 + 20 × 0.45 + 10 × 0.55",
                       "Restrictions are looked at again at every moment of the charge.",
                       (Fact("18.00", "estimate", 18.0),)),
                Option("22.00: 40 × 0.55, because that is where it ends",
                       "What was charged before keeps its price.", (Fact("22.00", "estimate", 22.0),)),
            ),
            right=1,
        ),
        Run(
            "Ask our own price",
            "The app asks for an estimate at a fast charger in Maastricht: 40 kWh in 20 minutes. No message of OCPI is "
            "needed: we have the tariffs.",
            acts=(act("estimate", location_id="NLMST01", evse_uid="NLMST01-01", kwh=40, minutes=20),),
            claims=(
                Fact("our price is 18.00", "estimate", 18.0),
                Seen("nobody was asked", EMSP, "GET", r"/tariffs", times=0),
            ),
        ),
        Quiz(
            "Rounding up",
            "TIME costs 3.60 per hour with a step_size of 60. A charge takes 10 minutes and 5 seconds. What is billed?",
            options=(
                Option("0.605: to the second", "step_size 60 means whole minutes."),
                Option("0.66: eleven minutes", "605 seconds are rounded up to 660; 660 / 3600 × 3.60 = 0.66."),
                Option("3.60: every hour that has begun", "That would be a step_size of 3600."),
            ),
            right=1,
        ),
        Run(
            "Prices change",
            "At Kaatsheuvel a kWh costs 0.42. The CPO raises it to 0.50, by a PUT of the whole tariff, and the next "
            "app "
            "that asks gets the new price. Old versions are kept: yesterday's bill is checked by yesterday's price.",
            acts=(act("estimate", **PLACE), put(elements=energy(0.5)), act("estimate", **PLACE)),
            claims=(
                Seen("the CPO PUTs its tariff", CPO, "PUT", r"/tariffs/{country}/{party}/NL-ENERGY$", 200, 1000),
                Fact("20 kWh cost 10.00 now", "estimate", 10.0),
            ),
        ),
        Break(
            "Break it: no price at all",
            "Choose a change after which our app cannot say what a charge at Kaatsheuvel costs.",
            choices=(
                Choice("A step_size of a whole kWh", (linked("NL-ENERGY"), put(elements=energy(0.42, 1000))),
                       "20 kWh are whole kWh: 8.40, as before."),
                Choice("A max_price of 5 euros",
                       (linked("NL-ENERGY"), put(max_price={"excl_vat": 5.0, "incl_vat": 6.05})),
                       "That is a price: no charge costs more than 5.00."),
                Choice("The connector loses the tariff, and the tariff is deleted",
                       (linked(), act("send", side=CPO, method="DELETE", module="tariffs", path=[*AT, "NL-ENERGY"])),
                       "No tariff means: price unknown. It does not mean free; that would be a tariff of 0."),
            ),
            right=2,
            acts=(act("estimate", **PLACE),),
            claims=(Fact("there is no price", "estimate", None),),
            mend=(put(), linked("NL-ENERGY")),
        ),
        Write(
            "Be the CPO: a night tariff",
            "Write the tariff NIGHT: 0.25 euros per kWh, 21 % VAT, without restrictions. The draft says it in words "
            "of its "
            "own; two fields are wrong and one is missing.",
            **MINE,
            begin=Message("PUT", "tariffs", [*AT, "NIGHT"], body={
                "country_code": "{country}", "party_id": "{party}", "id": "NIGHT", "last_updated": "{now}",
                "elements": [{"price_components": [{"type": "KWH", "price": "0,25", "vat": 21, "step_size": 1}]}]}),
            solution=Message("PUT", "tariffs", [*AT, "NIGHT"], body=NIGHT),
            wrong=Message("PUT", "tariffs", [*AT, "NIGHT"], body={k: v for k, v in NIGHT.items() if k != "currency"}),
            hint="The type is ENERGY, a price is a number, and money needs a currency.",
        ),
        Quiz(
            "Which tariff is on the bill?",
            "A charge begins at 22:50 and ends at 23:40. At 23:00 the CPO publishes a new version of the tariff. Which "
            "price does the driver expect to pay?",
            options=(
                Option("The new one for everything", "Nobody told her when she plugged in."),
                Option("The one that was valid when the charge began",
                       "And the CDR carries the tariff by which it was made, so that it can be checked."),
                Option("The cheaper one", "Kind, but no rule."),
            ),
            right=1,
        ),
    ),
    able=(
        "read a tariff: elements, components, restrictions, step_size",
        "price a charge by hand, with steps and rounding",
        "tell no tariff from a tariff of nothing",
        "say why old versions of tariffs are kept",
    ),
)  # fmt: skip
