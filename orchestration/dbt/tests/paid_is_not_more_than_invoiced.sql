select invoice_id
from {{ ref('invoices_settled') }}
where paid_amount > invoiced_amount
