"""Benches: what needs no lesson and no exchange. A header is read, a message judged, a field looked up."""

from dataclasses import asdict
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.response import TemplateResponse
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from learning import explain
from learning.explain.dictionary import CLASSES
from learning.explain.examples import examples

LONGEST = 64 * 1024


class Written(forms.Form):
    """A message that somebody writes, and what it is meant to be; `path` begins with the module."""

    text = forms.CharField(max_length=LONGEST, required=False, strip=False)
    method = forms.CharField(max_length=8)
    path = forms.CharField(max_length=500)
    to_emsp = forms.BooleanField(required=False)

    def clean_text(self) -> str:
        """Browsers send line breaks as CR LF; places are counted in the text area, where they are LF."""
        return str(self.cleaned_data["text"]).replace("\r\n", "\n")

    def shape(self) -> explain.Shape:
        data = self.cleaned_data
        path = data["path"].strip("/")
        return explain.shape_of(path.split("/")[0], data["method"], path, to_emsp=data["to_emsp"])


@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def tokens(request: HttpRequest) -> HttpResponse:
    """The token bench. What is pasted is read and forgotten: it is compared with nothing and kept nowhere."""
    header = request.POST.get("header", "")
    reading = explain.read_authorization(header) if request.method == "POST" else None
    context = {"here": "tokens", "header": header[: explain.MAX_HEADER], "reading": reading}
    response = TemplateResponse(request, "learning/tokens.html", context)
    response.headers["Cache-Control"] = "no-store"
    return response


@require_safe
def write(request: HttpRequest) -> HttpResponse:
    """The message bench: any message, judged as it is written."""
    every = examples()
    chosen = every.get(request.GET.get("message", ""), every["location"])
    return TemplateResponse(
        request, "learning/write.html", {"here": "write", "examples": every.values(), "chosen": chosen}
    )


@require_POST
def judge(request: HttpRequest) -> HttpResponse:
    """What is wrong with a message; 400 when it is too long or says not what it is meant to be."""
    form = Written(request.POST)
    if not form.is_valid():
        return JsonResponse({"error": form.errors.get_json_data()}, status=400)
    found = explain.judge(form.cleaned_data["text"], form.shape())
    problems: list[dict[str, Any]] = [asdict(problem) for problem in found]
    return JsonResponse({"problems": problems})


@require_safe
def fields(request: HttpRequest) -> HttpResponse:
    """Every object of OCPI 2.2.1 with its fields."""
    return TemplateResponse(request, "learning/fields.html", {"here": "fields", "classes": CLASSES})
