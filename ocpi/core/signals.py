"""What lower layers tell upper ones, without knowing them."""

from django.dispatch import Signal

# An HTTP exchange that we started has ended. Argument: `exchange`, an `ocpi.core.exchange.Exchange`.
exchange_ended = Signal()

# A partner's object is new here, or what others go by has changed: its status, its reference. Still inside its
# transaction. Sender: its model. Argument: `row`.
object_arrived = Signal()

# The same for many new ones of one partner at once. Sender: their model. Arguments: `partner`, `rows`.
objects_arrived = Signal()

# Which of our tokens has this `uid` and `type`? Whoever knows tokens answers with the row, or None.
token_asked_for = Signal()

# Who charges with a token, or any token of its contract? Arguments: `token_id`, `contract_id` (either may be empty),
# `since`: sessions that are open, or began since then. Whoever knows sessions answers with a list of
# `ocpi.tokens.facts.Charge`.
charges_asked_for = Signal()

# What was spent? Arguments: `token_id`, `contract_id`, `since` (aware, or None), `currency`. Whoever knows bills
# answers with a Decimal, excluding VAT.
spending_asked_for = Signal()

# A handshake has ended well. Argument: `partner`. What we believed that the other side holds may be wrong from now on.
partner_registered = Signal()

# A handshake that an operator follows has ended well; still inside its transaction. Argument: `partner`.
handshake_followed = Signal()

# A suspended partner may go on. Argument: `partner`. Whatever changed meanwhile has not reached it.
partner_resumed = Signal()

# A party behind a hub is connected for the first time. Argument: `partner`, the hub.
hub_party_connected = Signal()
