"""The chains: a plain list of steps, edited as a draft and kept as versions."""
