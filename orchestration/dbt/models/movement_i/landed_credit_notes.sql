select
    credit_note_id,
    return_id,
    invoice_id,
    amount,
    issued_at,
    updated_at
from {{ source('shop', 'credit_notes') }}
