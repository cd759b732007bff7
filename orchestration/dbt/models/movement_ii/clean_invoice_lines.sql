select
    invoice_line_id,
    invoice_id,
    shipment_line_id,
    quantity,
    cast(amount as {{ money() }}) as amount,
    updated_at
from {{ ref('landed_invoice_lines') }}
