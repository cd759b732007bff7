select
    invoice_id,
    shipment_id,
    upper(trim(currency)) as currency,
    invoiced_at,
    cast(due_on as date) as due_on,
    updated_at
from {{ ref('landed_invoices') }}
