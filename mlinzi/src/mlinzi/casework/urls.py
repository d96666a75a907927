"""Addresses of cases and referrals. Numbers are the spoken ones; nothing about a child stands in one."""

from django.urls import path

from mlinzi.casework.web import case, doing, lists, referral, second

app_name = "casework"
urlpatterns = [
    path("", lists.my_work, name="my_work"),
    path("queue/", lists.queue, name="queue"),
    path("overdue/", lists.board, name="board"),
    path("cases/", lists.cases, name="cases"),
    path("cases/<str:number>/", case.case_page, name="case"),
    path("cases/<str:number>/open/", case.open_case, name="open"),
    path("cases/<str:number>/shut/", case.shut_case, name="shut"),
    path("cases/<str:number>/history/", case.history, name="history"),
    path("cases/<str:number>/take/", doing.take, name="take"),
    path("cases/<str:number>/assign/", doing.assign, name="assign"),
    path("cases/<str:number>/urgency/", doing.judge, name="judge"),
    path("cases/<str:number>/note/", doing.note, name="note"),
    path("cases/<str:number>/file/", doing.add_file, name="add_file"),
    path("cases/<str:number>/file/<uuid:file_id>/", case.download, name="download"),
    path("cases/<str:number>/answer/", doing.answer, name="answer"),
    path("cases/<str:number>/apart/<uuid:report_id>/", doing.take_apart, name="take_apart"),
    path("cases/<str:number>/refer/", doing.refer, name="refer"),
    path("cases/<str:number>/close/", doing.close, name="close"),
    path("cases/<str:number>/reopen/", doing.reopen, name="reopen"),
    path("second/", second.seconds, name="seconds"),
    path("second/<uuid:look_id>/", second.decide, name="decide_second"),
    path("second/<uuid:look_id>/withdraw/", second.withdraw, name="withdraw_second"),
    path("referrals/", lists.referrals, name="referrals"),
    path("referrals/<str:number>/", referral.referral_page, name="referral"),
    path("referrals/<str:number>/open/", referral.open_referral, name="open_referral"),
    path("referrals/<str:number>/accept/", referral.accept, name="accept"),
    path("referrals/<str:number>/decline/", referral.decline, name="decline"),
    path("referrals/<str:number>/done/", referral.done, name="done"),
    path("referrals/<str:number>/revoke/", referral.revoke, name="revoke"),
]
