"""What a client's account at each provider consists of (the keys of `ProviderAccount.settings`), and how to reach it.

- twilio: `account_id` is the AccountSid; `auth_token`.
- sendgrid: `api_key`; `verification_key` of the signed event webhook (base64 of the DER, as SendGrid shows it).
- smtp: `account_id` is the user name; `host`, `port`, `password`, `security` (`starttls`, `tls` or, on loopback only, `none`);
  `return_domain`, where bounces come to (empty: the From address's domain); `sends_from`, the addresses it sends from, with spaces
  between them (empty: the host's own).

Each also has `hook`, the secret in the address its webhooks come to (its hash is in `HookEndpoint`). Webhooks are verified with
`auth_token`, `verification_key` and `password`; those of an account that was replaced are believed for another day.
"""
