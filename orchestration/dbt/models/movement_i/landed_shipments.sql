select
    shipment_id,
    order_id,
    carrier,
    shipped_at,
    updated_at
from {{ source('shop', 'shipments') }}
