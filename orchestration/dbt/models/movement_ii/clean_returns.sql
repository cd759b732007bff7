select
    return_id,
    shipment_line_id,
    quantity,
    lower(trim(reason)) as reason,
    returned_at,
    updated_at
from {{ ref('landed_returns') }}
