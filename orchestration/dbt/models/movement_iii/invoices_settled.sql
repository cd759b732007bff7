-- Each invoice with what was asked, what came in, what was given back, and what is still owed.
with asked as (
    select invoice_id, {{ total('amount') }} as amount
    from {{ ref('clean_invoice_lines') }}
    group by invoice_id
),

paid as (
    select invoice_id, {{ total('amount') }} as amount, max(paid_at) as last_paid_at
    from {{ ref('clean_payments') }}
    group by invoice_id
),

credited as (
    select invoice_id, {{ total('amount') }} as amount
    from {{ ref('clean_credit_notes') }}
    group by invoice_id
)

select
    invoices.invoice_id,
    orders.order_id,
    orders.customer_id,
    invoices.currency,
    invoices.invoiced_at,
    invoices.due_on,
    asked.amount as invoiced_amount,
    coalesce(paid.amount, 0) as paid_amount,
    coalesce(credited.amount, 0) as credited_amount,
    asked.amount - coalesce(paid.amount, 0) - coalesce(credited.amount, 0) as owed_amount,
    paid.last_paid_at
from {{ ref('clean_invoices') }} as invoices
inner join asked on asked.invoice_id = invoices.invoice_id
inner join {{ ref('clean_shipments') }} as shipments on shipments.shipment_id = invoices.shipment_id
inner join {{ ref('clean_sales_orders') }} as orders on orders.order_id = shipments.order_id
left join paid on paid.invoice_id = invoices.invoice_id
left join credited on credited.invoice_id = invoices.invoice_id
