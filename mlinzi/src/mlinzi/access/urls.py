"""Addresses of this room. Of the sign-in library's own pages only these three are reachable."""

from django.urls import include, path

from mlinzi.access.web import account, credentials, people, proposals, signing_in

app = [
    path("confirm/", signing_in.confirm, name="confirm"),
    path("welcome/", signing_in.welcome, name="welcome"),
    path("welcome/<str:token>/", signing_in.invitation, name="invitation"),
    path("session/stay/", signing_in.stay, name="stay"),
    path("session/keep/", signing_in.keep, name="keep"),
    path("account/", account.account, name="account"),
    path("account/first-factor/", account.first_factor, name="first_factor"),
    path("account/app/", account.add_app, name="add_app"),
    path("account/passkey/", account.add_passkey, name="add_passkey"),
    path("account/factors/<int:factor_id>/remove/", account.remove_factor, name="remove_factor"),
    path("account/password/", account.password, name="password"),
    path("account/language/", account.language, name="language"),
    path("people/", people.people, name="people"),
    path("people/invite/", people.invite, name="invite"),
    path("people/<uuid:person_id>/", people.person, name="person"),
    path("people/<uuid:person_id>/role/", people.give_role, name="give_role"),
    path("people/<uuid:person_id>/roles/<uuid:grant_id>/end/", people.end_role, name="end_role"),
    path("people/<uuid:person_id>/end/", people.end, name="end"),
    path("people/<uuid:person_id>/restore/", people.restore, name="restore"),
    path("people/<uuid:person_id>/invite/", people.invite_again, name="invite_again"),
    path("programs/", credentials.credentials, name="credentials"),
    path("programs/give/", credentials.give, name="give_credential"),
    path("programs/<uuid:credential_id>/end/", credentials.end, name="end_credential"),
    path("approvals/", proposals.proposals, name="proposals"),
    path("approvals/<uuid:proposal_id>/", proposals.proposal, name="proposal"),
]

urlpatterns = [
    # The library looks these up by these names.
    path("sign-in/", signing_in.sign_in, name="account_login"),
    path("sign-in/second-factor/", signing_in.second_factor, name="mfa_authenticate"),
    path("sign-out/", signing_in.sign_out, name="account_logout"),
    path("", include((app, "access"))),
]
