"""What lower layers tell upper ones, without knowing them."""

from django.dispatch import Signal

# An HTTP exchange that we started has ended. Argument: `exchange`, an `ocpi.core.exchange.Exchange`.
exchange_ended = Signal()
