"""Routes of sign-in and of one's own account. allauth's views keep allauth's names; each is declared here."""

from allauth.account import views as account
from allauth.mfa.recovery_codes import views as codes
from allauth.mfa.totp import views as totp
from allauth.mfa.webauthn import views as keys
from django.conf import settings
from django.urls import URLPattern

from minamo.access import loaders
from minamo.access.demo_signin import demo_sign_in
from minamo.access.models import Emergency, Terminal
from minamo.access.routes import own_account, own_route, public_route, route, row
from minamo.access.views import devices, emergency, proof, reports, why
from minamo.access.views import signin as views
from minamo.access.views.keys import SecondStepView, recorded, second_step, shown

urlpatterns: list[URLPattern] = [
    public_route("accounts/login/", views.login, name="account_login", costs={"POST": "attempt"}),
    public_route("accounts/signup/", views.ask_school, name="account_signup", methods="GET"),
    public_route("accounts/password/reset/", views.ask_school, name="account_reset_password", methods="GET"),
    public_route("accounts/inactive/", account.account_inactive, name="account_inactive", methods="GET"),
    own_route("accounts/logout/", account.logout, name="account_logout", methods="POST"),
    own_route("accounts/reauthenticate/", proof.prove, name="account_reauthenticate", costs={"POST": "proof"}),
    own_route("accounts/email/", views.security, name="account_email", methods="GET"),
    own_route(
        "accounts/password/", views.password, name="account_change_password", costs={"POST": "proof"}, act="own:keys"
    ),
    # Second step of a sign-in: nobody is signed in yet.
    public_route(
        "accounts/mfa/authenticate/",
        second_step(SecondStepView.as_view(), "code"),
        name="mfa_authenticate",
        costs={"POST": "attempt"},
    ),
    public_route(
        "accounts/mfa/webauthn/login/",
        second_step(keys.login_webauthn, "passkey"),
        name="mfa_login_webauthn",
        costs={"POST": "attempt"},
    ),
    own_route("accounts/mfa/", views.security, name="mfa_index", methods="GET"),
    own_route("accounts/mfa/reauthenticate/", proof.prove, name="mfa_reauthenticate", costs={"POST": "proof"}),
    own_route("accounts/mfa/totp/activate/", recorded(totp.activate_totp), name="mfa_activate_totp", act="own:keys"),
    own_route(
        "accounts/mfa/totp/deactivate/", recorded(totp.deactivate_totp), name="mfa_deactivate_totp", act="own:keys"
    ),
    own_route("accounts/mfa/webauthn/", keys.list_webauthn, name="mfa_list_webauthn", methods="GET"),
    own_route("accounts/mfa/webauthn/add/", recorded(keys.add_webauthn), name="mfa_add_webauthn", act="own:keys"),
    own_route(
        "accounts/mfa/webauthn/reauthenticate/",
        proof.prove,
        name="mfa_reauthenticate_webauthn",
        costs={"POST": "proof"},
    ),
    own_route(
        "accounts/mfa/webauthn/keys/<int:pk>/remove/",
        recorded(keys.remove_webauthn),
        name="mfa_remove_webauthn",
        act="own:keys",
    ),
    own_route(
        "accounts/mfa/webauthn/keys/<int:pk>/edit/",
        recorded(keys.edit_webauthn),
        name="mfa_edit_webauthn",
        act="own:keys",
    ),
    own_route(
        "accounts/mfa/codes/",
        shown(codes.view_recovery_codes),
        name="mfa_view_recovery_codes",
        methods="GET",
        act="own:keys",
    ),
    own_route(
        "accounts/mfa/codes/generate/",
        recorded(codes.generate_recovery_codes),
        name="mfa_generate_recovery_codes",
        act="own:keys",
    ),
    own_route(
        "accounts/mfa/codes/download/",
        shown(codes.download_recovery_codes),
        name="mfa_download_recovery_codes",
        methods="GET",
        act="own:keys",
    ),
    own_route("account/security/", views.security, name="access-security", methods="GET"),
    own_route("account/news/", views.news_read, name="access-news-read", act="own:close", acting="POST"),
    own_route("account/devices/", devices.devices, name="access-devices", act="own:close", acting="POST"),
    own_route(
        "account/devices/<uuid:device_id>/sign-out/",
        devices.device_sign_out,
        name="access-device-signout",
        methods="POST",
        act="own:close",
    ),
    own_route(
        "account/devices/<uuid:device_id>/lost/",
        devices.device_lost,
        name="access-device-lost",
        act="own:close",
        acting="POST",
    ),
    own_route("why/<str:kind>/<uuid:key>/", why.why, name="access-why", methods="GET"),
    own_route("account/proof/", proof.prove, name="access-proof", costs={"POST": "proof"}),
    own_route("account/continue/<uuid:stash_id>/", proof.go_on, name="access-continue", methods="GET"),
    own_route(
        "account/device-registration/",
        devices.registration,
        name="access-registration",
        methods="POST",
        act="own:register",
    ),
    own_route("account/device-challenge/", devices.challenge, name="access-challenge", methods="GET"),
    own_route("account/waiting/", devices.waiting, name="access-waiting", methods="GET"),
    own_route("account/stream/", devices.watch, name="access-watch", methods="GET"),
    own_route("account/device-proof/", devices.proof, name="access-device-proof", methods="POST"),
    route(
        "schools/<uuid:school_id>/devices/",
        devices.school_register,
        name="access-register-school",
        get="device:read",
        resource=loaders.devices_of_school,
    ),
    route(
        "municipalities/<uuid:municipality_id>/devices/",
        devices.municipality_register,
        name="access-register-municipality",
        get="device:read",
        resource=loaders.devices_of_municipality,
    ),
    *(
        route(
            f"{place}devices/reports/{file}",
            view,
            name=f"access-{name}-{whose}",
            get="device:report",
            post=None if file else "device:report",
            resource=loader,
            costs={"GET": "export"} if file else {"POST": "send"},
        )
        for place, whose, loader in (
            ("schools/<uuid:school_id>/", "school", loaders.devices_of_school),
            ("municipalities/<uuid:municipality_id>/", "municipality", loaders.devices_of_municipality),
        )
        for file, view, name in (("", reports.reports, "reports"), ("list.csv", reports.blank_list, "reports-list"))
    ),
    route(
        "devices/<uuid:terminal_id>/approvals/",
        devices.approve,
        name="access-terminal-approvals",
        post="device:approve",
        resource=row(Terminal, "terminal_id"),
    ),
    route(
        "devices/<uuid:terminal_id>/closures/",
        devices.close,
        name="access-terminal-closures",
        post="device:manage",
        resource=row(Terminal, "terminal_id"),
    ),
    route(
        "devices/<uuid:terminal_id>/certificate/",
        devices.certificate,
        name="access-terminal-certificate",
        post="device:approve",
        resource=row(Terminal, "terminal_id"),
    ),
    route(
        "devices/<uuid:terminal_id>/certificate/removal/",
        devices.certificate_off,
        name="access-terminal-certificate-off",
        post="device:manage",
        resource=row(Terminal, "terminal_id"),
    ),
    route(
        "pupils/<uuid:pupil_id>/emergency/",
        emergency.begin,
        name="access-emergency",
        costs={"POST": "send"},
        get="emergency:open",
        post="emergency:open",
        resource=loaders.pupil,
    ),
    own_route(
        "account/emergencies/<uuid:emergency_id>/end/", emergency.end, name="access-emergency-end", methods="POST"
    ),
    route(
        "schools/<uuid:school_id>/emergencies/",
        emergency.school_list,
        name="access-emergencies",
        get="emergency:review",
        resource=loaders.emergencies_of_school,
    ),
    route(
        "emergencies/<uuid:emergency_id>/reviews/",
        emergency.review,
        name="access-emergency-reviews",
        post="emergency:review",
        resource=row(Emergency, "emergency_id"),
    ),
    route(
        "account/this-device/learning/",
        views.this_device,
        name="access-this-device",
        post="own:mark-learning",
        resource=own_account,
    ),
]
if settings.DEMO:
    urlpatterns.append(public_route("demo/sign-in/", demo_sign_in, name="access-demo-signin", methods="POST"))
