"""Who is told of what happens to jobs, and how: by webhook, by e-mail."""
