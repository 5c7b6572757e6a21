"""The thread of a conversation: messages that stream in, how each was routed, and what to do where none came."""
