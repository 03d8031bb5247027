"""Further databases for a task: a wrong query that is right by chance on one is wrong on another."""
