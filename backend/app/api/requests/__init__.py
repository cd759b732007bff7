"""How every request is treated, whatever it asks for: marked, limited, counted, answered once, edited by one."""
