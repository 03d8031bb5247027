"""The command line. Each command is one file; heavy imports are made inside the functions that need them."""
