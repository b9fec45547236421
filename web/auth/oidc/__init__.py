"""Signing in through the home's identity provider by OpenID Connect: code flow with PKCE, nothing else."""
