select
    credit_note_id,
    return_id,
    invoice_id,
    cast(amount as {{ money() }}) as amount,
    issued_at,
    updated_at
from {{ ref('landed_credit_notes') }}
