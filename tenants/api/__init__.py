"""What every part of the API shares: keys, the door, problems, repeats, pages."""
