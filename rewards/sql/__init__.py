"""SQL rewards: execution in a sandbox, comparison of results, partial rewards."""
