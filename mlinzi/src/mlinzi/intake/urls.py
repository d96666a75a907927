"""Addresses of the public door: whoever sees one in a history learns a language and little more."""

from django.urls import path

from mlinzi.intake.web import box, files, form, start

app_name = "intake"
urlpatterns = [
    path("", start.choose, name="choose"),
    path("<str:lang>/", start.start, name="start"),
    path("<str:lang>/leave/", start.leave, name="leave"),
    path("<str:lang>/traces/", start.tracks, name="tracks"),
    path("<str:lang>/paper/", start.paper, name="paper"),
    path("<str:lang>/done/", start.done, name="done"),
    path("<str:lang>/r/check/", form.check, name="check"),
    path("<str:lang>/r/files/", files.files, name="files"),
    path("<str:lang>/r/number/", form.number, name="number"),
    path("<str:lang>/r/<str:page>/", form.ask, name="ask"),
    path("<str:lang>/back/", box.back, name="back"),
    path("<str:lang>/box/", box.box, name="box"),
    path("<str:lang>/box/files/", files.box_files, name="box_files"),
    path("<str:lang>/box/contact/", box.contact, name="contact"),
    path("<str:lang>/box/stop/", box.stop, name="stop"),
    path("<str:lang>/box/code/", box.code, name="code"),
    path("<str:lang>/box/paper/", box.own_paper, name="own_paper"),
]
