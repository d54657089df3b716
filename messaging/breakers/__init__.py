"""Breakers: what goes wrong with what was sent is counted all the time, and too much of it pauses the sending."""
