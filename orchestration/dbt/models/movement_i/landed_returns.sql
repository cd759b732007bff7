select
    return_id,
    shipment_line_id,
    quantity,
    reason,
    returned_at,
    updated_at
from {{ source('shop', 'returns') }}
