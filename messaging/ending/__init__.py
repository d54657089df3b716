"""The end of an engagement: everything the client owns is given back, then deleted, with a certificate."""
