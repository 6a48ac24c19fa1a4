"""Who else limits a session. Profiles of several sources fight each other; whoever mixes them is told (CHP-26)."""

from .models import ActiveProfile, ProfileRequest

Kind = ProfileRequest.Kind


def mixed_with(row: ProfileRequest) -> str:
    """A warning for who wants to set a profile; empty when nobody else has one there, as far as we know.

    CPOs tell the limits that hold, not who set them: those that we did not set are another's, or the charger's own.
    """
    if row.kind != Kind.SET:
        return ""
    changes = ProfileRequest.objects.filter(session=row.session, state="SUCCEEDED", kind__in=[Kind.SET, Kind.CLEAR])
    last = changes.select_related("api_client").order_by("-finished_at").first()
    if last is None or last.kind == Kind.CLEAR:
        known = ActiveProfile.objects.filter(session=row.session).exists()
        return "limits hold there that we did not set; do not mix several sources on one session" if known else ""
    if last.api_client_id == row.api_client_id:
        return ""
    return f"{last.api_client or 'an operator'} set limits there; do not mix several sources on one session"
