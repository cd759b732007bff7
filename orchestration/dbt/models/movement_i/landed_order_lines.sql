select
    order_line_id,
    order_id,
    product_id,
    line_number,
    quantity,
    unit_price,
    updated_at
from {{ source('shop', 'order_lines') }}
