# SPDX-License-Identifier: Apache-2.0
"""`python -m hyportrait` is the command `hyportrait`."""

from hyportrait._launch import main

main()
