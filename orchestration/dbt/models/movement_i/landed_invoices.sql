select
    invoice_id,
    shipment_id,
    currency,
    invoiced_at,
    due_on,
    updated_at
from {{ source('shop', 'invoices') }}
