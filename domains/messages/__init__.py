"""Messages of iJw and iWmo 3.2: reading, checking and writing payload files; nothing is booked."""
