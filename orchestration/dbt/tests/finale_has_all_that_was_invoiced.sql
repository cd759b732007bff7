-- No invoice is lost on the way to the marts.
select invoiced.amount as invoiced_amount, shown.amount as shown_amount
from (select {{ total('amount') }} as amount from {{ ref('clean_invoice_lines') }}) as invoiced
cross join (select {{ total('invoiced_amount') }} as amount from {{ ref('receivables') }}) as shown
where invoiced.amount <> shown.amount
