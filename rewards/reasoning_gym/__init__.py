"""Any task of the reasoning-gym package, through the task's own scorer."""
