select
    order_line_id,
    order_id,
    product_id,
    line_number,
    quantity,
    cast(unit_price as {{ money() }}) as unit_price,
    updated_at
from {{ ref('landed_order_lines') }}
