"""When jobs are due: schedules, their windows, and the tick that starts what is due."""
