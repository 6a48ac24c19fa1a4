"""What can go wrong in a handshake besides a PartnerError."""


class HandshakeError(Exception):
    """The handshake cannot go on. The message is for the operator, and for the partner where it caused this."""


class NoMutualVersion(HandshakeError):
    """They do not offer OCPI 2.2.1."""


class EndpointsMissing(HandshakeError):
    """A module that we need is not in their version details."""


class NotPossible(HandshakeError):
    """The partner is not in a state that allows this."""


class OutcomeUnknown(HandshakeError):
    """Our POST or PUT got no answer: they may or may not have registered us (AMB-11)."""
