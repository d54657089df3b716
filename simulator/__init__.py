"""A stand-in for Twilio, SendGrid, DNS and a mail relay, with the people at the other end.

It runs as its own process, keeps everything in memory and knows nothing of the product: whatever the
two know of each other goes over HTTP, SMTP and DNS.
"""
