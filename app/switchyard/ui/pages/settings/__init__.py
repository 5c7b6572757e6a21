"""The page where a person says how the window looks, what sends a message, and where things are kept."""
