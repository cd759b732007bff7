select
    payment_id,
    invoice_id,
    method,
    amount,
    paid_at,
    updated_at
from {{ source('shop', 'payments') }}
