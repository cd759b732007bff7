select
    invoices.customer_id,
    customers.name as customer,
    count(*) as invoices,
    {{ total('invoices.invoiced_amount') }} as invoiced_amount,
    {{ total('invoices.paid_amount') }} as paid_amount,
    {{ total('invoices.credited_amount') }} as credited_amount,
    {{ total('invoices.owed_amount') }} as owed_amount
from {{ ref('invoices_settled') }} as invoices
inner join {{ ref('clean_customers') }} as customers on customers.customer_id = invoices.customer_id
group by 1, 2
