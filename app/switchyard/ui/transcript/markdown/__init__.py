"""Markdown as values: blocks that a reply is made of, read at once or while the text is still coming."""
