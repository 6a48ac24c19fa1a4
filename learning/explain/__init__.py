"""What stands in a message, in words: fields from the protocol's own types, mistakes at their place, tokens.

shape = explain.shape_of("locations", "PUT", "locations/NL/CPO/LOC1", to_emsp=True)
explain.field_at(shape, ("evses", 0, "status"))     what a field means
explain.judge(text, shape)                          what is wrong with a message that somebody wrote
explain.annotate(value, shape)                      a message to be shown, line by line, each with its field
explain.read_authorization("Token abc")             what an Authorization header is
"""

from .annotated import Line as Line
from .annotated import annotate as annotate
from .authorization import MAX_HEADER as MAX_HEADER
from .authorization import Reading as Reading
from .authorization import read_authorization as read_authorization
from .fields import Explained as Explained
from .fields import every_field as every_field
from .fields import field_at as field_at
from .judging import Problem as Problem
from .judging import judge as judge
from .places import Document as Document
from .places import NotReadable as NotReadable
from .places import Path as Path
from .places import as_text as as_text
from .places import read as read
from .shapes import Shape as Shape
from .shapes import shape_of as shape_of
