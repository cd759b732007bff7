"""How a string of JSON is written, for those who look at bytes without parsing them.

Source: RFC 8259, section 7.
"""

STRING = rb'"[^"\\]*+(?:\\.?[^"\\]*+)*+(?:"|\Z)'
"""With `re.DOTALL`. One that is not closed goes on to the end: were it none, each of its escaped quotation marks
would be looked at as the beginning of another, in a time that grows with the square of the text."""
