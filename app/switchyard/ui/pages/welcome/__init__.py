"""The first run: three ways to something that answers, and the order in which they are asked."""
