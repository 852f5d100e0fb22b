// SPDX-License-Identifier: Apache-2.0
/** {@code bellhop forward}: ports here that lead to what guests can connect to. */
@NullMarked
package dev.bellhop.cli.forward;

import org.jspecify.annotations.NullMarked;
