"""Is a sender domain ready for mail? Real look-ups of SPF, DKIM, DMARC and MX, kept as dated rows (rule DOMAIN-READY)."""
