"""The review of the words: a pure reading of what the client would sign, kept by its fingerprint."""
