"""The pages of this room, a module each."""
