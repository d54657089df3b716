"""Whether the domains of a list's mail addresses take mail: asked of the DNS once each, the answers dated and kept."""
