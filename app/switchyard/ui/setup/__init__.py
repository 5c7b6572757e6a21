"""What the welcome, the providers and the chains share: keys to type, results to read, lists to choose from."""
