# SPDX-License-Identifier: Apache-2.0
"""python -m ohmic report DIR"""

import sys

from .command import main

sys.exit(main())
