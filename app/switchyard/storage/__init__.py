"""What is kept: the database, the settings file and the keys; the only place that knows where."""
