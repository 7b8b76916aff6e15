"""Routes of sign-in and of one's own account. allauth's views keep allauth's names; each is declared here."""

from allauth.account import views as account
from allauth.mfa.base import views as mfa
from allauth.mfa.recovery_codes import views as codes
from allauth.mfa.totp import views as totp
from allauth.mfa.webauthn import views as keys
from django.conf import settings
from django.urls import URLPattern

from minamo.access import views
from minamo.access.demo_signin import demo_sign_in
from minamo.access.routes import own_route, public_route

urlpatterns: list[URLPattern] = [
    public_route("accounts/login/", views.login, name="account_login"),
    public_route("accounts/signup/", views.ask_school, name="account_signup", methods="GET"),
    public_route("accounts/password/reset/", views.ask_school, name="account_reset_password", methods="GET"),
    public_route("accounts/inactive/", account.account_inactive, name="account_inactive", methods="GET"),
    own_route("accounts/logout/", account.logout, name="account_logout", methods="POST"),
    own_route("accounts/reauthenticate/", account.reauthenticate, name="account_reauthenticate"),
    own_route("accounts/email/", views.security, name="account_email", methods="GET"),
    own_route("accounts/password/", views.password, name="account_change_password"),
    # Second step of a sign-in: nobody is signed in yet.
    public_route("accounts/mfa/authenticate/", mfa.authenticate, name="mfa_authenticate"),
    public_route("accounts/mfa/webauthn/login/", keys.login_webauthn, name="mfa_login_webauthn"),
    own_route("accounts/mfa/", mfa.index, name="mfa_index", methods="GET"),
    own_route("accounts/mfa/reauthenticate/", mfa.reauthenticate, name="mfa_reauthenticate"),
    own_route("accounts/mfa/totp/activate/", totp.activate_totp, name="mfa_activate_totp"),
    own_route("accounts/mfa/totp/deactivate/", totp.deactivate_totp, name="mfa_deactivate_totp"),
    own_route("accounts/mfa/webauthn/", keys.list_webauthn, name="mfa_list_webauthn", methods="GET"),
    own_route("accounts/mfa/webauthn/add/", keys.add_webauthn, name="mfa_add_webauthn"),
    own_route(
        "accounts/mfa/webauthn/reauthenticate/", keys.reauthenticate_webauthn, name="mfa_reauthenticate_webauthn"
    ),
    own_route("accounts/mfa/webauthn/keys/<int:pk>/remove/", keys.remove_webauthn, name="mfa_remove_webauthn"),
    own_route("accounts/mfa/webauthn/keys/<int:pk>/edit/", keys.edit_webauthn, name="mfa_edit_webauthn"),
    own_route("accounts/mfa/codes/", codes.view_recovery_codes, name="mfa_view_recovery_codes", methods="GET"),
    own_route("accounts/mfa/codes/generate/", codes.generate_recovery_codes, name="mfa_generate_recovery_codes"),
    own_route(
        "accounts/mfa/codes/download/", codes.download_recovery_codes, name="mfa_download_recovery_codes", methods="GET"
    ),
    own_route("account/security/", views.security, name="access-security", methods="GET"),
    own_route("account/devices/", views.devices, name="access-devices"),
    own_route(
        "account/devices/<uuid:device_id>/sign-out/",
        views.device_sign_out,
        name="access-device-signout",
        methods="POST",
    ),
    own_route("account/this-device/learning/", views.this_device, name="access-this-device", methods="POST"),
]
if settings.DEMO:
    urlpatterns.append(public_route("demo/sign-in/", demo_sign_in, name="access-demo-signin", methods="POST"))
