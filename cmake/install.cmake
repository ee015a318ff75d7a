# SPDX-License-Identifier: Apache-2.0
# The program, the library, its headers and a find_package(hyportrait) config.
