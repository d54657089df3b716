"""Pictures in replies: fetched once, drawn anew, kept encrypted, deleted at the provider, opened one by one."""
