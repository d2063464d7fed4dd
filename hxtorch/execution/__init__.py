"""When and how products run: placement, word stream, overlap.

`options` (a context manager), `set_options` and `get_options` hold what a user may choose:
see `Options`.
"""

from hxtorch.execution.options import Options as Options
from hxtorch.execution.options import get_options as get_options
from hxtorch.execution.options import options as options
from hxtorch.execution.options import set_options as set_options
