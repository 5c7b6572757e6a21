"""The pure middle: values and decisions, with no Qt, no I/O, no clock and no randomness."""
