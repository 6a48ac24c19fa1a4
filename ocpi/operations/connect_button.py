"""The way into the wizard from the list of partners, and from the page of one that is not connected."""

from typing import ClassVar

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from unfold.decorators import action

from ocpi.core import admin as core

from .connect_desk import MAY


class ConnectButton(core.OcpiAdmin):
    """`connect_it` is for the page of a partner: whoever mixes this in says when it is offered."""

    actions_list: ClassVar = ["connect"]

    has_connect_permission = core.needs(MAY)

    @action(description="Connect a partner", icon="add_link", permissions=["connect"], url_path="connect")
    def connect(self, request: HttpRequest) -> HttpResponse:
        return redirect(reverse("connect"))

    @action(description="Connect", icon="add_link", permissions=["connect"], url_path="connect-it")
    def connect_it(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return redirect(f"{reverse('connect')}?partner={core.key(object_id)}")
