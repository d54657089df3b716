"""What `make bench` runs: each measure in a process of its own, against a durable PostgreSQL."""
