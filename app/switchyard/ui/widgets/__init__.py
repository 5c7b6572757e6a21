"""Controls of the window, one purpose per module, each given its theme."""
