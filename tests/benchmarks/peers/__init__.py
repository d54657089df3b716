"""How most senders are built: one Celery task a recipient, or a library's loop over rows. A small Django project of its own.

Tuned as far as their shape allows: one client of the SDK a process, the database connection kept between tasks, messages
prefetched. They promise less: no lock, no attempt on disk before the call, an opt-out read once, no judging by rules.
"""
