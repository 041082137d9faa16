"""Who pays in the end (openstaande betalers): claims, acceptance, settlement and netting.

Help was granted and paid by a fund that may not be the final payer. Nothing here touches the help.
"""
