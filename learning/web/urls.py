"""Below /learn/, where LEARNING_ENABLED."""

from django.urls import path

from . import bench, pages

app_name = "learning"
urlpatterns = [
    path("", pages.overview, name="overview"),
    path("tokens/", bench.tokens, name="tokens"),
    path("messages/", bench.write, name="write"),
    path("messages/judge/", bench.judge, name="judge"),
    path("fields/", bench.fields, name="fields"),
]
