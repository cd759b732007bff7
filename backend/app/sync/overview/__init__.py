"""How all connections stand: what is broken, late, unsafe or waiting, and what they did last."""
