select
    shipment_line_id,
    shipment_id,
    order_line_id,
    quantity,
    updated_at
from {{ source('shop', 'shipment_lines') }}
