"""What tests share and fight over: who may have it (arbiter), and the objects behind it (pools)."""
