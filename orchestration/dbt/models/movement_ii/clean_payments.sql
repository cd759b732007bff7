select
    payment_id,
    invoice_id,
    lower(trim(method)) as method,
    cast(amount as {{ money() }}) as amount,
    paid_at,
    updated_at
from {{ ref('landed_payments') }}
