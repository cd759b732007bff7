"""Who runs which attempt: the durable queue, the workers, and what dead ones leave."""
