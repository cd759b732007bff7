-- Nothing is shipped that was not ordered, and nothing of an order that was cancelled.
select order_line_id
from {{ ref('order_lines_fulfilled') }}
where shipped_quantity > ordered_quantity or (status = 'cancelled' and shipped_quantity > 0)
