"""The models: every deployment of every account, with all that is known of it and from whom."""
