"""What the wizard asks before a handshake. A token A that was typed is never shown: a form comes back without it."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from unfold.widgets import (
    UnfoldAdminPasswordWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanSwitchWidget,
)

from ocpi.core.targets import check_url
from ocpi.partners.models import Partner
from ocpi.protocol.errors import PartnerError

# Who can be connected: nobody who is, and nobody who was told to wait.
CONNECTABLE = [Partner.Status.NEW, Partner.Status.UNREGISTERED, Partner.Status.UNKNOWN]


def connectable() -> Any:
    return Partner.objects.filter(sandbox=False, status__in=CONNECTABLE).order_by("name")


class PartnerForm(forms.Form):
    """Whom: one that was entered already, or a new one with its name."""

    partner = forms.ModelChoiceField(
        queryset=Partner.objects.none(), required=False, empty_label="a new partner", widget=UnfoldAdminSelectWidget
    )
    name = forms.CharField(
        max_length=100, required=False, label="Its name", widget=UnfoldAdminTextInputWidget,
        help_text="For a new partner: how your colleagues know it.",
    )  # fmt: skip
    plain_auth = forms.BooleanField(
        required=False, label="Tokens without Base64", widget=UnfoldBooleanSwitchWidget,
        help_text="They send their token as it is, and expect ours so (OCPI 2.1.1 and some 2.2 platforms).",
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["partner"].queryset = connectable()

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        name = given.get("name", "").strip()
        if not given.get("partner") and not name:
            raise ValidationError({"name": "give the new partner a name"})
        if not given.get("partner") and Partner.objects.filter(name=name).exists():
            raise ValidationError({"name": "there is a partner of this name: choose it above, or another name"})
        return given


def _token(**options: Any) -> forms.CharField:
    widget = UnfoldAdminPasswordWidget(attrs={"autocomplete": "off", "spellcheck": "false"})
    return forms.CharField(max_length=255, label="Token A", widget=widget, **options)


class _WithUrl(forms.Form):
    def clean_versions_url(self) -> str:
        url = str(self.cleaned_data["versions_url"]).strip()
        try:
            if url:
                check_url(url)
        except PartnerError as error:
            raise ValidationError(f"{error}") from error
        return url

    def clean_token_a(self) -> str:
        """Copied from a mail it has spaces around it; with some inside it is something else."""
        token = str(self.cleaned_data["token_a"]).strip()
        if any(not 0x21 <= ord(character) <= 0x7E for character in token):
            raise ValidationError("a token has printable ASCII characters only, and no spaces")
        return token


class OursForm(_WithUrl, PartnerForm):
    """We start, with what they gave us."""

    versions_url = forms.CharField(
        max_length=255, label="Their versions URL", widget=UnfoldAdminTextInputWidget(attrs={"inputmode": "url"})
    )
    token_a = _token(help_text="The token that they gave us for this registration; kept encrypted until it is used.")
    field_order = ("partner", "name", "versions_url", "token_a", "plain_auth")


class TheirsForm(PartnerForm):
    """They start, with what we give them."""


class AgainForm(_WithUrl):
    """What may have been wrong; what stays empty stays as it was."""

    versions_url = forms.CharField(
        max_length=255, required=False, label="Their versions URL",
        widget=UnfoldAdminTextInputWidget(attrs={"inputmode": "url"}),
    )  # fmt: skip
    token_a = _token(required=False, help_text="Empty: the same as before.")
    plain_auth = forms.BooleanField(required=False, label="Tokens without Base64", widget=UnfoldBooleanSwitchWidget)
