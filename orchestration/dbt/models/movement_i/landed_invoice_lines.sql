select
    invoice_line_id,
    invoice_id,
    shipment_line_id,
    quantity,
    amount,
    updated_at
from {{ source('shop', 'invoice_lines') }}
