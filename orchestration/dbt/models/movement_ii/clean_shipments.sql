select
    shipment_id,
    order_id,
    trim(carrier) as carrier,
    shipped_at,
    updated_at
from {{ ref('landed_shipments') }}
