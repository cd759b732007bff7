select
    shipment_line_id,
    shipment_id,
    order_line_id,
    quantity,
    updated_at
from {{ ref('landed_shipment_lines') }}
