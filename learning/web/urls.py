"""Below /learn/, where LEARNING_ENABLED."""

from django.urls import path

from . import bench, doing, pages, replay

app_name = "learning"
urlpatterns = [
    path("", pages.overview, name="overview"),
    path("bench/tokens/", bench.tokens, name="tokens"),
    path("bench/messages/", bench.write, name="write"),
    path("bench/messages/judge/", bench.judge, name="judge"),
    path("bench/fields/", bench.fields, name="fields"),
    path("<slug:key>/", pages.lesson, name="lesson"),
    path("<slug:key>/begin/", doing.begin, name="begin"),
    path("<slug:key>/live/", pages.live, name="live"),
    path("<slug:key>/messages/<int:number>/", pages.message, name="message"),
    path("<slug:key>/steps/<int:number>/", doing.submit, name="submit"),
    path("<slug:key>/go-on/", doing.go_on, name="go-on"),
    path("<slug:key>/faults/", doing.faults, name="faults"),
    path("<slug:key>/charge/", replay.page, name="charge"),
    path("<slug:key>/charge/data/", replay.data, name="charge-data"),
    path("<slug:key>/leave/", doing.leave, name="leave"),
]
