"""What a campaign brought, for the client: counted from rows, compared with who was held out."""
