"""What leaves for the accountant, CBS, the council and the financial package, out of the books.

Every file follows from a municipality, a period and a chain number, so that it can be made again
later with the same bytes. Only the book LASTEN and what the council authorised are money to the
outside; memorandum books never leave in a file of this folder.
"""
