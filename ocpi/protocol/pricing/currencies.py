"""How fine a currency is (ISO 4217): the minor unit in which differences are judged (R22)."""

from decimal import Decimal

_DECIMALS = {
    0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
    3: "BHD IQD JOD KWD LYD OMR TND",
    4: "CLF UYW",
}
_DECIMALS_OF = {currency: decimals for decimals, codes in _DECIMALS.items() for currency in codes.split()}


def decimals(currency: str) -> int:
    """Digits after the point in which amounts of this currency are paid; 2 for a currency that is not listed."""
    return _DECIMALS_OF.get(currency, 2)


def minor_unit(currency: str) -> Decimal:
    """The smallest amount that is paid: 0.01 for EUR, 1 for JPY."""
    return Decimal(1).scaleb(-decimals(currency))
