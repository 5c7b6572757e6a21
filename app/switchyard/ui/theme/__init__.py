"""The look: tokens, fonts, icons and the palette of both themes."""
