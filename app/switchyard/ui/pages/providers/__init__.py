"""The accounts: where they point, whether they have a key, which models they list."""
