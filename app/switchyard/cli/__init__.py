"""The command line: one module per subcommand, thin over the services."""
