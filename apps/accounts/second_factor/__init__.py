"""The second factor of the login: an authenticator app (TOTP), passkeys and recovery codes.

django-otp and django-otp-webauthn store and verify them (docs/decisions/0030); this package has the login's second step,
the pages on which users manage their factors, and the rule who needs one.
"""
