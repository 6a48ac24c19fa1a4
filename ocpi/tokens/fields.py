"""A token as people name it: `04A1B2C3`, or with its type before it, `APP_USER 1234`."""

from typing import Any

from django import forms
from unfold.widgets import UnfoldAdminTextInputWidget

from ocpi.protocol.tokens import TokenType

from .advice import as_read
from .models import Token


class TokenField(forms.CharField):
    def __init__(self, **kwargs: Any) -> None:
        help_text = "UID; for another type than RFID with the type before it: APP_USER 1234"
        super().__init__(**{"widget": UnfoldAdminTextInputWidget, "help_text": help_text, "max_length": 60, **kwargs})

    def prepare_value(self, value: Any) -> str:
        if isinstance(value, int):
            value = Token.objects.filter(pk=value).first()
        if isinstance(value, Token):
            return value.wire_uid if value.type == TokenType.RFID else str(value)
        return value or ""

    def clean(self, value: Any) -> Token | None:
        text = super().clean(value)
        if not text:
            return None
        type_, _, uid = text.partition(" ")
        if type_ not in set(TokenType):
            type_, uid = TokenType.RFID, text
        token = Token.objects.at(None).find(uid, type_) or Token.objects.at(None).find(as_read(uid), type_)
        if token is None:
            raise forms.ValidationError("there is no such token")
        return token

    def has_changed(self, initial: Any, data: Any) -> bool:
        return super().has_changed(self.prepare_value(initial), data)
