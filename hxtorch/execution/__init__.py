"""When and how products run: placement, word stream, overlap.

`run` runs a data-flow graph, `last_report` tells where the time of the last run went, `measured`
(a context manager) sums up several. `options` (a context manager), `set_options` and `get_options`
hold what a user may choose: see `Options`.
"""

from hxtorch.execution.api import last_report as last_report
from hxtorch.execution.api import measured as measured
from hxtorch.execution.api import run as run
from hxtorch.execution.options import Options as Options
from hxtorch.execution.options import get_options as get_options
from hxtorch.execution.options import options as options
from hxtorch.execution.options import set_options as set_options
