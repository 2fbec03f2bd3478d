"""Requests, counted and bounded: connections, proxies, TLS, redirects and bodies."""
