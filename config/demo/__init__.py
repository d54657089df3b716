"""`make demo`: the whole product on one machine, supervised by one process.

Order: PostgreSQL, Valkey, simulator, migrations, seed, web, workers, beat; and back again at the end.
"""
