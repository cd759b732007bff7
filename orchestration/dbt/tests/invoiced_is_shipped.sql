-- What was shipped was invoiced, all of it and no more.
select order_line_id, shipped_quantity, invoiced_quantity
from {{ ref('order_lines_fulfilled') }}
where invoiced_quantity <> shipped_quantity
