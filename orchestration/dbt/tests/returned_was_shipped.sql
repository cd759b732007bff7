select order_line_id
from {{ ref('order_lines_fulfilled') }}
where returned_quantity > shipped_quantity
