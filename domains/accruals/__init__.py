"""Accruals (overlopende posten): what was delivered in a closed year and nobody declared yet."""
