"""The page of conversations: their list, the open thread, and the composer."""
