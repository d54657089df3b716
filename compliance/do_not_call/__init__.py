"""The national do-not-call registry: its files read, and the client's numbers judged by them."""
